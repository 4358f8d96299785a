"""The door: what somebody shows becomes an `Identity`, and wrong guesses are counted.

It knows nothing of rooms and clients; HTTP asks it as well as `hello` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tornchat.access import roles, secrets
from tornchat.access.credentials import Credentials
from tornchat.access.errors import TokenExpired
from tornchat.access.guard import Guard
from tornchat.access.identity import Identity, Permit
from tornchat.chat.bans import Bans
from tornchat.chat.keyring import Keyring
from tornchat.errors import ChatError, CloseCode, Forbidden, Unauthorized

if TYPE_CHECKING:
    from tornchat.store import TokenRecord

MAX_BOT_NAME = 32


class Banned(Forbidden):
    """Somebody who may not come back."""

    close_code = CloseCode.BANNED


class UnknownKey(Unauthorized):
    """An API key that was never issued here."""

    close_code = CloseCode.INVALID_SITE_TOKEN


class KeyRevoked(Unauthorized):
    """An API key that was taken back or has expired."""

    close_code = CloseCode.KEY_REVOKED


class Door:
    """Reads tokens, and slows down who tries one after the other.

    `place` is always an address as limits count it (`access.places.place`). A token that is wrong
    is counted there; one that merely has expired, or was revoked, is no guess. `session_lasts` says
    of a session of the admin page (its digest, hex) whether a token made for it still counts.
    """

    def __init__(
        self, credentials: Credentials, keyring: Keyring, guard: Guard, bans: Bans
    ) -> None:
        self.keyring = keyring
        self.credentials = credentials
        self.session_lasts: Callable[[str], bool] = lambda session: False
        self._guard = guard
        self.bans = bans

    def identify(self, token: str | None, place: str) -> Identity:
        """Return who shows this token; without one, a guest who is to be made.

        Raises RateLimited while the place has to wait, Unauthorized (with the close code that
        belongs to it) for a token that does not count, and Banned.
        """
        identity = Identity(None) if token is None else self._read(token, place)
        if identity.session is not None and not self.session_lasts(identity.session):
            raise TokenExpired("token: signed out meanwhile")
        if self.banned(place, identity.person_id):
            raise Banned("banned from this server")
        return identity

    def invite(self, text: str, room: str, person_id: str, place: str) -> TokenRecord:
        """Return the invite of this text to this room, if it counts for the person.

        Whether there is such a room does not matter here. Raises RateLimited while the place has
        to wait, and Unauthorized in words.
        """
        self._guard.check(place, text)
        token = self.keyring.find(text)
        if token is None or token.kind != "invite":
            self.missed(text, place)
            raise Unauthorized("token: no invite of this server")
        if token.room != room:
            raise Unauthorized("token: this invite is for another room")
        refusal = self.keyring.refusal(token, person_id)
        if refusal is not None:
            raise Unauthorized(refusal)
        return token

    def missed(self, what: str, place: str) -> None:
        """Count a wrong token, or the name of a room that the one who asks cannot know of.

        Raises RateLimited while the place has to wait. One too many bans the place.
        """
        self._guard.check(place, what)
        self._guard.wrong(place, what)

    def banned(self, place: str, person_id: str | None = None) -> bool:
        """Return whether nobody from there, or not this person, may connect."""
        return self.bans.find(place, person_id) is not None

    def _read(self, token: str, place: str) -> Identity:
        self._guard.check(place, token)
        kind = secrets.kind_of(token)
        if kind == "invite":
            raise Unauthorized("token: an invite is shown when joining its room")
        try:
            return self._bot(token, place) if kind == "key" else self.credentials.read(token)
        except (KeyRevoked, TokenExpired):
            raise
        except ChatError:
            self.missed(token, place)
            raise

    def _bot(self, text: str, place: str) -> Identity:
        key = self.keyring.find(text)
        if key is None or key.kind != "key":
            raise UnknownKey("token: no key of this server")
        refusal = self.keyring.refusal(key)
        if refusal is not None:
            raise KeyRevoked(refusal)
        self.keyring.touch(key, place)
        return Identity(
            key_person(key.id),
            kind="bot",
            name=key.label[:MAX_BOT_NAME] or f"Bot {key.id}",
            permits=(Permit(key.room, roles.upto(key.role)),),
            key_id=key.id,
        )


def key_person(key_id: int) -> str:
    """Return the id of the person that an API key is."""
    return f"b_{key_id}"


def known_as(identity: Identity, person_id: str) -> Identity:
    """Return an identity, or that of the guest who was made because it names nobody."""
    return identity if identity.person_id else Identity(person_id)
