"""A site, its keys, and tokens signed as its back end would sign them."""

import json
from base64 import urlsafe_b64encode
from functools import partial
from typing import Any

import jwt

from tornchat.access.credentials import Credentials
from tornchat.access.guest import GuestTokens
from tornchat.access.site import Site, SiteTokens, person_id

NOW = 1_800_000_000
SECRET = bytes(range(32))
KEY = b"a key of the blog with 32 bytes!"
NEXT_KEY = b"the key that comes after that one"
BLOG = Site("blog", {"k1": KEY, "k2": NEXT_KEY})
SHOP = Site("shop", {"k1": b"s" * 32}, ("support-*", "shop"))
GOOD: dict[str, Any] = {
    "iss": "blog",
    "aud": "tornchat",
    "sub": "user 7",
    "name": "Ann",
    "iat": NOW,
    "exp": NOW + 3600,
}


class Clock:
    """UTC seconds that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def sites(clock: Clock | None = None) -> SiteTokens:
    return SiteTokens([BLOG, SHOP], clock or Clock(), partial(person_id, SECRET))


def guests(clock: Clock | None = None) -> GuestTokens:
    return GuestTokens(SECRET, clock or Clock())


def credentials(clock: Clock | None = None) -> Credentials:
    return Credentials(guests(clock), sites(clock))


def signed(
    changed: dict[str, Any] | None = None, *, key: bytes = KEY, kid: str = "k1", **header: Any
) -> str:
    """Return a good token with other claims; a claim of `...` is left out."""
    claims = {k: v for k, v in {**GOOD, **(changed or {})}.items() if v is not ...}
    return raw(json.dumps(claims).encode(), key, {"kid": kid, **header})


def raw(payload: bytes, key: bytes = KEY, header: dict[str, Any] | None = None) -> str:
    """Sign bytes that need not be claims."""
    return jwt.PyJWS().encode(payload, key, "HS256", header or {"kid": "k1"})


def forged(header: dict[str, Any], claims: dict[str, Any] | None = None) -> str:
    """Return a token with any header, and a signature that is none."""
    return f"{part(header)}.{part(GOOD if claims is None else claims)}.AAAA"


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
