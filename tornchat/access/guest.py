"""Guest identities: tokens that the server signs itself and clients keep.

It knows nothing of names, rooms or connections.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any, Final

import jwt

from tornchat.errors import CloseCode, Unauthorized

ALGORITHM: Final = "HS256"
AUDIENCE: Final = "tornchat-guest"
KEY_ID: Final = "guest"
LIFETIME: Final = 10 * 365 * 86400
"""A guest is nobody to take rights from: the identity lasts as long as a browser keeps it."""
MAX_TOKEN_SIZE: Final = 4096
MIN_SECRET_SIZE: Final = 32
"""As large as the hash (RFC 7518 §3.2)."""

_JWT_SHAPE: Final = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_OUR_FIELDS: Final = frozenset({"alg", "kid", "typ"})
_OPTIONS: Final[Any] = {
    "require": ["sub", "aud", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}
"""`exp` is compared here, with the injected clock; `iat` never, since clocks are set back."""


class InvalidSiteToken(Unauthorized):
    """A token that claims to be a site's and cannot be believed; coming back with it is useless."""

    close_code = CloseCode.INVALID_SITE_TOKEN


class GuestTokens:
    """Issues and reads the tokens by which a guest is known again.

    `secret` is at least 32 bytes; whoever has it can be any guest. `clock` gives UTC seconds.
    """

    def __init__(self, secret: bytes, clock: Callable[[], float]) -> None:
        if len(secret) < MIN_SECRET_SIZE:
            raise ValueError(f"expected a secret of {MIN_SECRET_SIZE} bytes, got {len(secret)}")
        self._secret = secret
        self._clock = clock

    def issue(self, person_id: str) -> str:
        """Return a token that `read` turns back into this person's id."""
        now = int(self._clock())
        claims = {"sub": person_id, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(claims, self._secret, ALGORITHM, {"kid": KEY_ID})

    def read(self, token: str) -> str | None:
        """Return the person id of a guest token, or None where a new guest is to be made.

        None is the answer to a guest token that is forged or expired, and to anything that is no
        JWT at all. Raises InvalidSiteToken for a JWT that is not of the kind issued here, and for
        whatever is larger than 4 KiB.
        """
        if len(token) > MAX_TOKEN_SIZE:
            raise InvalidSiteToken(f"token: expected at most {MAX_TOKEN_SIZE} bytes")
        header = _header(token)
        if header is None:
            return None
        if not _ours(header):
            raise InvalidSiteToken("token: no site is known that could have signed it")
        return self._person(token)

    def _person(self, token: str) -> str | None:
        try:
            claims = jwt.decode(
                token, self._secret, algorithms=[ALGORITHM], audience=AUDIENCE, options=_OPTIONS
            )
        except (jwt.InvalidTokenError, RecursionError):
            return None
        expires, person_id = claims["exp"], claims["sub"]
        alive = isinstance(expires, int) and expires > self._clock()
        return person_id if alive and isinstance(person_id, str) else None


def _header(token: str) -> dict[str, Any] | None:
    """Return the header of a JWT, unverified; None for what is not shaped like one."""
    match = _JWT_SHAPE.fullmatch(token)
    if match is None:
        return None
    try:
        found = json.loads(urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _ours(header: dict[str, Any]) -> bool:
    known = header.keys() <= _OUR_FIELDS
    return known and header.get("kid") == KEY_ID and header.get("alg") == ALGORITHM
