"""Guest identities: tokens that the server signs itself and clients keep.

It knows nothing of names, rooms or connections.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt

from tornchat.access import jose

AUDIENCE: Final = "tornchat-guest"
KEY_ID: Final = "guest"
LIFETIME: Final = 10 * 365 * 86400
"""A guest is nobody to take rights from: the identity lasts as long as a browser keeps it."""

_OPTIONS: Final[Any] = {
    "require": ["sub", "aud", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}
"""`exp` is compared here, with the injected clock; `iat` never, since clocks are set back."""


class GuestTokens:
    """Issues and reads the tokens by which a guest is known again.

    `secret` is at least 32 bytes; whoever has it can be any guest. `clock` gives UTC seconds.
    """

    def __init__(self, secret: bytes, clock: Callable[[], float]) -> None:
        if len(secret) < jose.MIN_KEY_SIZE:
            raise ValueError(f"expected a secret of {jose.MIN_KEY_SIZE} bytes, got {len(secret)}")
        self._secret = secret
        self._clock = clock

    def issue(self, person_id: str) -> str:
        """Return a token that `read` turns back into this person's id."""
        now = int(self._clock())
        claims = {"sub": person_id, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(claims, self._secret, jose.ALGORITHM, {"kid": KEY_ID})

    def read(self, token: str) -> str | None:
        """Return the person id of a guest token, or None where a new guest is to be made.

        None is the answer to a token that is forged or expired, and to anything else.
        """
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[jose.ALGORITHM],
                audience=AUDIENCE,
                options=_OPTIONS,
            )
        except (jwt.InvalidTokenError, RecursionError):
            return None
        expires, person_id = claims["exp"], claims["sub"]
        alive = isinstance(expires, int) and expires > self._clock()
        return person_id if alive and isinstance(person_id, str) else None


def is_header(header: Mapping[str, Any]) -> bool:
    """Say whether a JWT's header is one that `GuestTokens` writes."""
    known = header.keys() <= jose.FIELDS
    return known and header.get("kid") == KEY_ID and header.get("alg") == jose.ALGORITHM
