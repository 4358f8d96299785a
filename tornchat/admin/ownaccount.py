"""The verbs about one's own account: password, second factor, sessions.

They know nothing of pages.
"""

from dataclasses import dataclass, replace
from functools import partial

from tornchat.access import totp
from tornchat.admin.accountbook import person_of
from tornchat.admin.actor import Actor
from tornchat.admin.signin import SignIn
from tornchat.admin.verbs import verb
from tornchat.errors import BadRequest, Conflict, Forbidden, NotFound
from tornchat.store.accounts import AccountRecord

own = partial(verb, moderators=True, subject=lambda result, _: result.name)


@dataclass(frozen=True, slots=True)
class Done:
    """Whose account was changed; `ended`: how many of its sessions are over."""

    name: str
    ended: int = 0


class OwnAccount:
    """What everybody who is signed in may change of their own account.

    Wrong passwords count as they do at the login: a session that was left open somewhere is no way
    to guess.
    """

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._book = sign_in.book

    @own(secret=("password", "new"))
    async def set_password(self, password: str, new: str, *, actor: Actor) -> Done:
        """Change one's password. All sessions end: who changed it begins a new one."""
        account = await self._confirmed(actor, password)
        kept = await self._sign_in.hashing.new(new, [account.name])
        await self._book.change(replace(self._mine(actor), password=kept))
        return Done(account.name, await self._sign_in.sessions.close_all(account.id))

    @own(secret=("password", "secret", "code"))
    async def enable_second_factor(
        self, password: str, secret: str, code: str, *, actor: Actor
    ) -> Done:
        """Ask for a one-time code at each login; `code` shows that an app makes them."""
        account = await self._confirmed(actor, password)
        if account.totp is not None:
            raise Conflict("There is a second factor already: turn it off first.")
        if not totp.is_secret(secret):
            raise BadRequest("secret: expected 32 letters and digits as they were shown")
        step = self._sign_in.claim(account, secret, code)
        if step is None:
            raise BadRequest("code: this is not the code that the app shows now")
        await self._book.change(replace(account, totp=secret, totp_step=step))
        return Done(account.name)

    @own(secret=("password",))
    async def disable_second_factor(self, password: str, *, actor: Actor) -> Done:
        """Ask for no code any more."""
        account = await self._confirmed(actor, password)
        await self._book.change(replace(account, totp=None))
        return Done(account.name)

    @own()
    async def sign_out_everywhere(self, *, actor: Actor) -> Done:
        """End all of one's sessions, this one too."""
        account = self._mine(actor)
        return Done(account.name, await self._sign_in.sessions.close_all(account.id))

    def _mine(self, actor: Actor) -> AccountRecord:
        mine = (a for a in self._book.all() if person_of(a.id) == actor.person_id)
        found = next(mine, None)
        if found is None:
            raise NotFound("This is for those who are signed in to the admin page.")
        return found

    async def _confirmed(self, actor: Actor, password: str) -> AccountRecord:
        account = self._mine(actor)
        if not isinstance(password, str):
            raise BadRequest("password: expected text")
        try:
            return await self._sign_in.confirm(account.name, password, None, actor.place)
        except Forbidden:
            raise Forbidden("Your present password is wrong.") from None
