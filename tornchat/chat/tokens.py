"""What can be said of an invite or an API key by itself, in values and in words.

It knows nothing of who holds a token or of where it is kept.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tornchat.access import secrets
from tornchat.store import TokenRecord

_NOUNS: Final = {"invite": "invite", "key": "API key"}
_PREFIXES: Final = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """A token that is to be made. `expires` is UTC ms; `uses`: persons it may bind, None any."""

    kind: secrets.TokenKind
    room: str
    role: str
    label: str = ""
    expires: int | None = None
    uses: int | None = None


def new_token(spec: TokenSpec, now: int) -> tuple[str, TokenRecord]:
    """Return the text of a new token, and its record, which is not stored and has no id yet."""
    text = secrets.new_token(spec.kind)
    token = TokenRecord(
        id=0,
        kind=spec.kind,
        digest=secrets.digest(text),
        label=spec.label,
        room=spec.room,
        role=spec.role,
        created=now,
        expires=spec.expires,
        uses=spec.uses,
        used=0,
        last_used=None,
        last_place=None,
        revoked=None,
    )
    return text, token


def noun(token: TokenRecord) -> str:
    """Return what to call a token in a sentence."""
    return _NOUNS[token.kind]


def alive(token: TokenRecord, now: int) -> bool:
    """Say whether a token is neither revoked nor expired. `now` is UTC ms."""
    return token.revoked is None and (token.expires is None or token.expires > now)


def ended(token: TokenRecord, now: int) -> str | None:
    """Say in words since when and why a token counts for nobody; None while it does."""
    if token.revoked is not None:
        return f"this {noun(token)} was revoked on {when(token.revoked)}"
    if token.expires is not None and token.expires <= now:
        return f"this {noun(token)} expired on {when(token.expires)}"
    return None


def used_up(token: TokenRecord) -> str:
    """Say in words that a token has bound everybody it was for."""
    persons = "one person" if token.uses == 1 else f"{token.uses} people"
    return f"this {noun(token)} is used up: it was for {persons}"


def when(time: int) -> str:
    """Return a time (UTC ms) as people read it, to the minute."""
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def prefix(place: str) -> str | None:
    """Return the part of an address that is kept: an IPv4 /24 or an IPv6 /48; None for junk."""
    try:
        network = ipaddress.ip_network(place, strict=False)
    except ValueError:
        return None
    size = min(network.prefixlen, _PREFIXES[network.version])
    return str(network.supernet(new_prefix=size))
