"""Tokens of five minutes with which a page of the admin part opens its socket.

The socket never sees the cookie. It knows nothing of accounts or of how sessions end.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt

from tornchat.access import jose
from tornchat.access.claims import Claims
from tornchat.access.errors import InvalidSiteToken, TokenExpired
from tornchat.access.identity import Identity, Permit
from tornchat.access.roles import upto

AUDIENCE: Final = "tornchat-admin"
KEY_ID: Final = "admin"
LIFETIME: Final = 300
MAX_ROOMS: Final = 40
"""Rooms one account may moderate: they fit into a token of 4 KiB, whatever their names."""

_OPTIONS: Final[Any] = {
    "require": ["sub", "aud", "exp", "sid", "name"],
    "verify_exp": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}
"""`exp` is compared here, with the injected clock."""


class AdminTokens:
    """Issues and reads the tokens of those who are signed in.

    `secret` is the server's, at least 32 bytes. `clock` gives UTC seconds. A token names the
    session it was issued to, by its digest in hex; whether that still lasts is asked at the door.
    """

    def __init__(self, secret: bytes, clock: Callable[[], float]) -> None:
        self._secret = secret
        self._clock = clock

    def issue(
        self, account_id: int, session: str, name: str, rooms: frozenset[str] | None
    ) -> tuple[str, int]:
        """Return a token for a session, and when it expires (UTC seconds).

        `rooms`: where somebody may moderate, None for everything everywhere.
        """
        issued = int(self._clock())
        expires = issued + LIFETIME
        # The page reads both dates, to renew the token in time.
        claims: dict[str, Any] = {
            "sub": str(account_id), "aud": AUDIENCE, "iat": issued, "exp": expires,
            "sid": session, "name": name,
        }  # fmt: skip
        if rooms is not None:
            claims["rooms"] = sorted(rooms)
        return jwt.encode(claims, self._secret, jose.ALGORITHM, {"kid": KEY_ID}), expires

    def read(self, token: str) -> Identity:
        """Return who a token lets in. Raises InvalidSiteToken, and TokenExpired when it is over."""
        try:
            found = jwt.decode(
                token,
                self._secret,
                algorithms=[jose.ALGORITHM],
                audience=AUDIENCE,
                options=_OPTIONS,
            )
        except (jwt.InvalidTokenError, RecursionError):
            raise InvalidSiteToken("token: not one of this server") from None
        claims = Claims(found)
        expires = claims.time("exp")
        if expires <= self._clock():
            raise TokenExpired("token: more than five minutes old")
        return Identity(
            person_id=f"a_{claims.text('sub', 20)}",
            kind="admin",
            name=claims.name(),
            permits=_permits(found.get("rooms")),
            expires=expires,
            session=claims.text("sid", 64),
        )


def is_header(header: Mapping[str, Any]) -> bool:
    """Say whether a JWT's header is one that `AdminTokens` writes."""
    known = header.keys() <= jose.FIELDS
    return known and header.get("kid") == KEY_ID and header.get("alg") == jose.ALGORITHM


def _permits(rooms: list[str] | None) -> tuple[Permit, ...] | None:
    return None if rooms is None else tuple(Permit(room, upto("moderate")) for room in rooms)
