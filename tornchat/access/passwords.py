"""Passwords: what may be one, how it is kept, and whether one fits.

It knows nothing of accounts. Hashing is slow and takes memory by intention: call it in a thread.
"""

import unicodedata
from collections.abc import Collection
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tornchat.errors import BadRequest

MIN_LENGTH: Final = 8
MAX_SIZE: Final = 1024
"""Bytes: room for any sentence, and a bound on what one try costs."""
MIN_SCORE: Final = 3
"""Of 0 to 4 (zxcvbn): at least 10⁸ guesses."""
_JUDGED: Final = 72
"""zxcvbn looks at no more; what is longer than that is judged by its beginning."""

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id as OWASP's password storage sheet has it: 19 MiB, two passes, one lane."""

DECOY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$UQCqDQylLh+HynSe5CwJIQ$z0Dpzj2b7utoHUrUblLwBvj+ZrQjTNxxsw5"
    "/M4hXP50"
)
"""The hash of 256 random bits that nobody kept. Who does not exist is compared with it, so that
a login takes as long for them as for who does."""


def normal(text: str) -> str:
    """Return a password as it is hashed: NFKC, so that no keyboard writes it another way.

    Raises BadRequest above 1 KiB.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_SIZE:
        raise BadRequest(f"password: expected at most {MAX_SIZE} bytes, got {size}")
    return unicodedata.normalize("NFKC", text)


def check(text: str, about: Collection[str] = ()) -> str:
    """Return a new password as it is hashed. Raises BadRequest, in words for who chose it.

    `about`: words that others would try first, such as the name of the account.
    """
    password = normal(text)
    if len(password) < MIN_LENGTH:
        raise BadRequest(
            f"password: expected at least {MIN_LENGTH} characters, got {len(password)}"
        )
    from zxcvbn import zxcvbn  # noqa: PLC0415  its tables take a fifth of a start

    found = zxcvbn(password[:_JUDGED], user_inputs=list(about))
    if found["score"] < MIN_SCORE:
        feedback = found["feedback"]
        advice = feedback["suggestions"] or ["Add another word or two."]
        said = " ".join(filter(None, [feedback["warning"], *advice]))
        raise BadRequest(f"password: this one is too easy to guess. {said}")
    return password


def hashed(password: str) -> str:
    """Return what is kept of a password that `check` returned: Argon2id with its own salt."""
    return _HASHER.hash(password.encode())


def fits(kept: str | None, text: str) -> bool:
    """Return whether a password is the kept one; None fits nothing, in the same time."""
    try:
        _HASHER.verify(kept or DECOY, normal(text).encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


def outdated(kept: str) -> bool:
    """Return whether a hash was made with other costs than one made now."""
    return _HASHER.check_needs_rehash(kept)
