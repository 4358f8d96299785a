"""The verbs about accounts: who may sign in, to what, and the links that let them set a password.

They know nothing of how somebody signs in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from tornchat.access import names
from tornchat.access.admintokens import MAX_ROOMS
from tornchat.admin import arguments
from tornchat.admin.accountbook import AccountBook, person_of
from tornchat.admin.actor import Actor
from tornchat.admin.links import LoginLinks
from tornchat.admin.lookup import Clock, milliseconds
from tornchat.admin.sessions import Sessions
from tornchat.admin.verbs import verb
from tornchat.errors import BadRequest, Conflict, NotFound
from tornchat.store.accounts import AccountRecord

MOST_ACCOUNTS: Final = 1000
MOST: Final = 50
"""Accounts of one page."""
MAX_SEARCH: Final = 100
FIRST: Final = "the first admin"


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account as others see it; times are UTC ms.

    `rooms`: what is theirs to moderate, None for everything. `ready`: a password was set. `totp`:
    they use a second factor. `sessions`: browsers that are signed in; `seen`: when one was used.
    """

    id: int
    name: str
    rooms: tuple[str, ...] | None
    ready: bool
    totp: bool
    created: int
    last_login: int | None
    sessions: int
    seen: int | None


@dataclass(frozen=True, slots=True)
class FoundAccounts:
    """A piece of a list: `total` accounts fit, these begin behind `offset`."""

    accounts: list[AccountInfo]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class AccountLink:
    """A one-time link: the only time that it is shown. `name`: whose it is."""

    name: str
    link: str
    expires: int


class AccountVerbs:
    """Accounts: made, listed, limited, removed. `base_url` returns the site's, "" where unknown."""

    def __init__(
        self,
        book: AccountBook,
        sessions: Sessions,
        links: LoginLinks,
        *,
        base_url: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._book = book
        self._sessions = sessions
        self._links = links
        self._base_url = base_url
        self._clock = clock

    @verb(reads=True)
    async def accounts(self) -> list[AccountInfo]:
        """List the accounts in the order of their making."""
        return [self._info(account) for account in self._book.all()]

    @verb(reads=True)
    async def find_accounts(
        self, *, search: str = "", offset: int = 0, limit: int = MOST
    ) -> FoundAccounts:
        """Find accounts by a part of their name, in the order of their making, ≤ `limit`."""
        key = names.search_key(arguments.line("search", search, MAX_SEARCH))
        start = arguments.number("offset", offset, 0)
        end = start + arguments.number("limit", limit, 1, MOST)
        found = [a for a in self._book.all() if key in names.search_key(a.name)]
        return FoundAccounts([self._info(a) for a in found[start:end]], len(found), start)

    @verb()
    async def add_account(self, name: str, rooms: list[str] | None = None) -> AccountLink:
        """Make an account, and a link by which its owner sets a password within half an hour.

        `rooms`: what is theirs to moderate; None: everything. Raises Conflict where the name, or
        one that looks like it, is taken.
        """
        wanted = _rooms(rooms)
        if len(self._book) >= MOST_ACCOUNTS:
            raise Conflict(f"expected at most {MOST_ACCOUNTS} accounts")
        clean = names.clean(arguments.line("name", name, names.MAX_RAW_LENGTH))
        account = await self._book.add(clean, rooms=wanted, created=milliseconds(self._clock))
        return await self._link(account)

    @verb(subject=lambda result, _: result.name)
    async def link_account(self, name: str | None = None) -> AccountLink:
        """Make a link by which the owner of an account sets a new password.

        Whoever uses it turns the second factor off and ends the account's sessions. Without a name:
        of the only account, or of the first admin where there is none yet.
        """
        if name is not None:
            return await self._link(self._account(name))
        if self._book.lacks_admin:
            return await self._link(None)
        found = self._book.all()
        if len(found) > 1:
            raise BadRequest("name: there are several accounts, expected the name of one")
        return await self._link(found[0])

    @verb()
    async def set_account_rooms(
        self, name: str, rooms: list[str] | None = None, *, actor: Actor
    ) -> AccountInfo:
        """Change what an account is for; its sessions end. Raises Conflict as `remove_account`."""
        account = self._account(name)
        wanted = _rooms(rooms)
        if wanted is not None:
            self._check_others(account, actor)
        changed = replace(account, rooms=wanted)
        await self._book.change(changed)
        await self._sessions.close_all(account.id)
        return self._info(changed)

    @verb()
    async def remove_account(self, name: str, *, actor: Actor) -> AccountInfo:
        """Remove an account; its sessions end at once.

        Raises Conflict for the own one, and for the last that may do everything; the command line
        may remove that too.
        """
        account = self._account(name)
        self._check_others(account, actor)
        info = self._info(account)
        await self._book.remove(account.id)
        self._links.forget(account.id)
        await self._sessions.close_all(account.id)
        return info

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _account(self, name: Any) -> AccountRecord:
        found = self._book.find(arguments.line("name", name, names.MAX_RAW_LENGTH))
        if found is None:
            raise NotFound(f"no account {name!r}")
        return found

    def _check_others(self, account: AccountRecord, actor: Actor) -> None:
        """Raise Conflict for the own account, and where nobody would be left in charge."""
        if actor.person_id == person_of(account.id):
            raise Conflict("this is your own account: ask another admin")
        left = [a for a in self._book.all() if a.rooms is None and a.id != account.id]
        if not left and actor.kind != "operator":
            raise Conflict("nobody would be left who may do everything")

    async def _link(self, account: AccountRecord | None) -> AccountLink:
        code, expires = await self._links.issue(account.id if account else None)
        link = setup_link(self._base_url(), code)
        return AccountLink(account.name if account else FIRST, link, expires)

    def _info(self, account: AccountRecord) -> AccountInfo:
        sessions = self._sessions.of(account.id)
        return AccountInfo(
            id=account.id,
            name=account.name,
            rooms=None if account.rooms is None else tuple(sorted(account.rooms)),
            ready=account.password is not None,
            totp=account.totp is not None,
            created=account.created,
            last_login=account.last_login,
            sessions=len(sessions),
            seen=sessions[0].seen if sessions else None,
        )


def setup_link(base_url: str, code: str) -> str:
    """Return the link of a code, which stands behind the mark that browsers do not send on."""
    path = f"admin/setup#{code}"
    return f"{base_url}/{path}" if base_url else path


def _rooms(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MAX_ROOMS:
        raise BadRequest(f"rooms: expected 1 to {MAX_ROOMS} names of rooms, or nothing for all")
    return frozenset(map(arguments.room_name, value))
