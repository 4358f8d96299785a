"""What a JSON Web Token looks like from outside, before anything of it is believed.

It knows nothing of keys or of what the claims mean.
"""

import json
import re
from base64 import urlsafe_b64decode
from typing import Any, Final

from tornchat.access.errors import InvalidSiteToken

ALGORITHM: Final = "HS256"
MAX_TOKEN_SIZE: Final = 4096
MIN_KEY_SIZE: Final = 32
"""As large as the hash (RFC 7518 §3.2)."""
FIELDS: Final = frozenset({"alg", "kid", "typ"})
"""All a header may hold: whatever else there is would tell us to trust the token's own words
(`jku`, `jwk`, `x5u`) or to understand what we do not (`crit`, RFC 7515 §4.1.11)."""

_SHAPE: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.[A-Za-z0-9_-]*")


def check_size(token: str) -> None:
    """Raise InvalidSiteToken for what is larger than 4 KiB, before anything looks at it."""
    if len(token) > MAX_TOKEN_SIZE:
        raise InvalidSiteToken(f"token: expected at most {MAX_TOKEN_SIZE} bytes")


def header(token: str) -> dict[str, Any] | None:
    """Return the header of a JWT, unverified; None for what is not shaped like one."""
    return _part(token, 1)


def claims(token: str) -> dict[str, Any] | None:
    """Return the claims of a JWT, unverified; None where they cannot be read."""
    return _part(token, 2)


def _part(token: str, number: int) -> dict[str, Any] | None:
    match = _SHAPE.fullmatch(token)
    decoded = _decoded(match[number]) if match else None
    if decoded is None:
        return None
    try:
        found = json.loads(decoded)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _decoded(text: str) -> bytes | None:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
