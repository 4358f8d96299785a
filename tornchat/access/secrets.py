"""Tokens that say nothing and are looked up: invites and API keys.

It knows nothing of what a token gives; only its digest is ever kept.
"""

import re
import secrets
from hashlib import sha256
from typing import Final, Literal

TokenKind = Literal["invite", "key"]

_PREFIXES: Final[dict[TokenKind, str]] = {"invite": "tc_", "key": "tk_"}
_BODY: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes in base64url."""


def new_token(kind: TokenKind) -> str:
    """Return a token that nobody can guess; it is to be shown once."""
    return _PREFIXES[kind] + secrets.token_urlsafe(32)


def kind_of(text: str) -> TokenKind | None:
    """Say what a text is by prefix and shape, whether or not there is such a token."""
    for kind, prefix in _PREFIXES.items():
        if text.startswith(prefix) and _BODY.fullmatch(text, len(prefix)):
            return kind
    return None


def digest(text: str) -> bytes:
    """Return what is stored and looked up (SHA-256).

    The token has 256 random bits, so neither salt nor a slow hash would add anything.
    """
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
