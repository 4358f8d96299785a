"""The ways in to the admin page, and who has come in; it knows nothing of HTTP."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tornchat.access import names, passwords, totp
from tornchat.access.admintokens import AdminTokens
from tornchat.access.throttle import LoginThrottle
from tornchat.admin.accountbook import AccountBook, person_of
from tornchat.admin.actor import Actor, ActorKind
from tornchat.admin.hashing import Hashing
from tornchat.admin.links import LoginLinks
from tornchat.admin.office import Log
from tornchat.admin.sessions import Sessions
from tornchat.admin.whole import whole
from tornchat.errors import Conflict, Forbidden
from tornchat.store.accounts import AccountRecord, SessionRecord

log = logging.getLogger(__name__)

WRONG: Final = "That name, password or code is wrong."
NO_LINK: Final = "This link was used already, or is older than half an hour. Ask for a new one."
_LONGEST_NAME: Final = 100
_LINKS: Final = "\0links"
"""What wrong codes of links are counted under; no account has such a name."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in, in one browser."""

    account: AccountRecord
    session: SessionRecord

    def actor(self, place: str) -> Actor:
        """Return them as the Office knows them."""
        return actor_of(self.account, place)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser of somebody who wants to sign in."""

    place: str
    agent: str


class SignIn:
    """Lets people in and knows them again.

    Whoever does not exist, has no password yet, or shows a wrong password or code, is told the
    same, after the same work. `stop` ends the threads that look at passwords. `clock` gives UTC
    seconds.
    """

    def __init__(
        self,
        book: AccountBook,
        sessions: Sessions,
        links: LoginLinks,
        *,
        tokens: AdminTokens,
        throttle: LoginThrottle,
        audit: Log,
        clock: Callable[[], float],
    ) -> None:
        self.book = book
        self.sessions = sessions
        self.links = links
        self.hashing = Hashing()
        self._tokens = tokens
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._steps: dict[int, int] = {}

    def who(self, session_id: str, place: str) -> Signed | None:
        """Return who shows a session's id, from `place`; None where nobody is signed in by it."""
        session = self.sessions.find(session_id, place) if session_id else None
        account = None if session is None else self.book.get(session.account_id)
        return None if session is None or account is None else Signed(account, session)

    def token(self, signed: Signed) -> tuple[str, int]:
        """Return a token for the socket of a page, and when it expires (UTC seconds)."""
        account = signed.account
        session = signed.session.digest.hex()
        return self._tokens.issue(account.id, session, account.name, account.rooms)

    async def with_password(
        self, name: str, password: str, code: str, visitor: Visitor
    ) -> tuple[str, Signed]:
        """Sign somebody in; return the id of a new session, which is nowhere else, and who it is.

        `code`: of the second factor, where the account has one. Raises Forbidden where something
        is wrong, RateLimited after too many tries, BadRequest for a password over 1 KiB.
        """
        account = await self.confirm(name, password, code, visitor.place)
        if account.password is not None and passwords.outdated(account.password):
            account = replace(account, password=await self.hashing.new(password, ()))
        return await self._enter(account, visitor, "sign_in")

    async def confirm(
        self, name: str, password: str, code: str | None, place: str
    ) -> AccountRecord:
        """Return the account whose password that is; `code` None: whatever its second factor.

        Raises as `with_password`.
        """
        folded = names.fold(name[:_LONGEST_NAME])
        passwords.normal(password)
        self._throttle.attempt(folded, place)
        account = self.book.find(name[:_LONGEST_NAME])
        kept = account.password if account else None
        right = await self.hashing.fits(kept, password)
        # It may have been changed or removed meanwhile.
        account = self.book.get(account.id) if account else None
        if not right or account is None or account.password != kept:
            raise Forbidden(WRONG)
        if code is not None and account.totp is not None:
            account = self._with_code(account, folded, code)
        self._throttle.right(folded, place)
        return account

    async def with_link(
        self, code: str, name: str, password: str, visitor: Visitor
    ) -> tuple[str, Signed]:
        """Set the password of the account that a one-time link is for, and sign its owner in.

        The first account gets the `name`. A second factor is off then, and who was signed in to
        the account is signed out. Raises Forbidden for a link that does not count, BadRequest for a
        name or password that will not do: then the link still counts.
        """
        self._throttle.attempt(_LINKS, visitor.place)
        link = self.links.find(code)
        if link is None:
            raise Forbidden(NO_LINK)
        self._throttle.right(_LINKS, visitor.place)
        account = self._of_link(link.account_id)
        name = account.name if account else self._new_name(name)
        kept = await self.hashing.new(password, [name])
        return await self._enter_by_link(code, name, kept, visitor)

    def claim(self, account: AccountRecord, secret: str, code: str) -> int | None:
        """Return the step of a right code, which counts for nobody else from then on, or None."""
        after = max(account.totp_step, self._steps.get(account.id, 0))
        step = totp.used_step(secret, code, now=self._clock(), after=after)
        if step is not None:
            self._steps[account.id] = step
        return step

    def now(self) -> int:
        """Return the present in UTC ms."""
        return int(self._clock() * 1000)

    def stop(self) -> None:
        """End the threads."""
        self.hashing.stop()

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _with_code(self, account: AccountRecord, folded: str, code: str) -> AccountRecord:
        """Return the account with its code used up. Raises Forbidden for a wrong one."""
        self._throttle.code(folded)
        step = self.claim(account, account.totp or "", code)
        if step is None:
            raise Forbidden(WRONG)
        self._throttle.code_was_right(folded)
        return replace(account, totp_step=step)

    def _new_name(self, name: str) -> str:
        clean = names.clean(name)
        if self.book.find(clean) is not None:
            raise Conflict(f"name: there is an account {clean!r}, or one that looks like it")
        return clean

    def _of_link(self, account_id: int | None) -> AccountRecord | None:
        return None if account_id is None else self.book.get(account_id)

    @whole
    async def _enter_by_link(
        self, code: str, name: str, kept: str, visitor: Visitor
    ) -> tuple[str, Signed]:
        link = await self.links.take(code)
        if link is None or (link.account_id is None and not self.book.lacks_admin):
            raise Forbidden(NO_LINK)
        if link.account_id is None:
            account = await self.book.add(name, password=kept, created=self.now())
        else:
            found = self.book.get(link.account_id)
            if found is None:
                raise Forbidden(NO_LINK)
            account = replace(found, password=kept, totp=None)
            await self.sessions.close_all(account.id)
        return await self._enter(account, visitor, "sign_in_by_link")

    @whole
    async def _enter(
        self, account: AccountRecord, visitor: Visitor, verb: str
    ) -> tuple[str, Signed]:
        """Begin a session, always a new one; what the browser showed before is worth nothing."""
        account = replace(account, last_login=self.now())
        await self.book.change(account)
        text, session = await self.sessions.open(account.id, visitor.place, visitor.agent)
        actor = actor_of(account, visitor.place)
        await self._audit.note(actor, verb, room=None, subject=account.name, detail="")
        log.info("%s signed in", account.name)
        return text, Signed(account, session)


def actor_of(account: AccountRecord, place: str) -> Actor:
    """Return an account as the Office knows it."""
    kind: ActorKind = "admin" if account.rooms is None else "moderator"
    return Actor(account.name, kind, place, account.rooms, person_id=person_of(account.id))
