"""One-time codes of an authenticator app (RFC 6238): six digits, a new one every 30 seconds.

It knows nothing of accounts; the time is the caller's.
"""

import hmac
import re
from typing import Final

import pyotp

ISSUER: Final = "tornchat"
STEP_SECONDS: Final = 30
TOLERANCE: Final = 1
"""Steps before and after the present one that count: clocks differ, and people type."""
_CODE: Final = re.compile(r"[0-9]{6}")
_SECRET: Final = re.compile(r"[A-Z2-7]{32}")


def new_secret() -> str:
    """Return a secret of 160 random bits, in base32 as it is typed into an app."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Return whether a text is shaped as a secret is."""
    return _SECRET.fullmatch(text) is not None


def address(secret: str, name: str, host: str = "") -> str:
    """Return the `otpauth:` address that an app reads from a QR code."""
    issuer = f"{ISSUER} {host}".strip()
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def used_step(secret: str, code: str, *, now: float, after: int) -> int | None:
    """Return the time step whose code this is, None where it is wrong.

    `now`: UTC seconds. `after`: the last step that was used; it and those before are over, so no
    code counts twice. The caller keeps what is returned.
    """
    plain = "".join(code.split())
    if not _CODE.fullmatch(plain):
        return None
    totp, present = pyotp.TOTP(secret), int(now) // STEP_SECONDS
    for step in range(present - TOLERANCE, present + TOLERANCE + 1):
        expected = totp.at(step * STEP_SECONDS)
        if hmac.compare_digest(expected, plain) and step > after:
            return step
    return None
