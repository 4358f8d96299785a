"""JSON Web Tokens of a site, made by hand: also those that no library would make."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

KEY = b"a-key-that-only-the-shop-and-we-know"
KEY_FILE = "shop-1.key"
KID = KEY_FILE.removesuffix(".key")
OTHER_KEY = b"another-key-that-is-of-the-blog-alone"
OTHER_KEY_FILE = "blog-1.key"
OTHER_KID = OTHER_KEY_FILE.removesuffix(".key")
SITE: dict[str, dict[str, object]] = {"site shop": {"key_file": KEY_FILE}}
OTHER_SITE: dict[str, dict[str, object]] = {
    "site blog": {"key_file": OTHER_KEY_FILE, "rooms": "blog-* other"}
}
"""A site that may speak about some rooms only."""
AUDIENCE = "tornchat"
HOUR = 3600


def write_key(folder: Path, key: bytes = KEY, name: str = KEY_FILE) -> None:
    """Put the key of a site beside the config file that has it in it."""
    path = folder / name
    path.write_bytes(key)
    path.chmod(0o600)


def now() -> int:
    return int(time.time())


def good(**changed: Any) -> dict[str, Any]:
    """Return the claims of a good token with others in their place; `...` leaves one out."""
    claims = {
        "iss": "shop", "aud": AUDIENCE, "sub": "user 7", "name": "Ann",
        "iat": now() - 60, "exp": now() + HOUR, **changed,
    }  # fmt: skip
    return {name: value for name, value in claims.items() if value is not ...}


def header(**changed: Any) -> dict[str, Any]:
    """Return the same for the header."""
    fields = {"alg": "HS256", "typ": "JWT", "kid": KID, **changed}
    return {name: value for name, value in fields.items() if value is not ...}


def signed(**claims: Any) -> str:
    """Return a good token, but for these claims."""
    return sealed(header(), good(**claims))


def sealed(head: object, claims: object, key: bytes = KEY, digest: str = "sha256") -> str:
    """Return any header and any claims with a signature that fits."""
    body = f"{part(head)}.{part(claims)}"
    return f"{body}.{encoded(hmac.digest(key, body.encode(), digest))}"


def part(value: object) -> str:
    """Return a part of a token: of bytes as they are, of all else as JSON."""
    return encoded(value if isinstance(value, bytes) else json.dumps(value).encode())


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
