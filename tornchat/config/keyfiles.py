"""The keys that sites sign with: each a file, read and checked with the configuration.

It knows nothing of what is signed.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tornchat.config.kinds import Kind, Unfit, path_from, words

KEY_SIZE: Final = 32
"""Bytes a key has at least: as many as the hash it is used with (RFC 7518 §3.2)."""
OWN_KIDS: Final = frozenset({"guest", "admin"})
"""The `kid`s of the tokens that the server signs itself; no site may have them."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key as it was read. `kid` is the file's name without its ending."""

    path: Path
    kid: str
    key: bytes = field(repr=False)


def _key_files(text: str, folder: Path) -> tuple[KeyFile, ...]:
    found = tuple(_read(path_from(word, folder)) for word in words(text))
    if not found:
        raise ValueError(text)
    kids = [file.kid for file in found]
    for kid in kids:
        if kid in OWN_KIDS or kids.count(kid) > 1:
            raise Unfit(f"expected a file name of its own for each key, got {kid!a} again")
    return found


def _read(path: Path) -> KeyFile:
    try:
        key = path.read_bytes().rstrip(b"\r\n") if path.is_file() else None
    except OSError as error:
        raise Unfit(f"expected a file that can be read, got {path}: {error.strerror}") from None
    if key is None:
        raise Unfit(f"expected a file that exists, got {path}")
    if len(key) < KEY_SIZE:
        raise Unfit(f"expected at least {KEY_SIZE} bytes, got {len(key)} in {path}")
    return KeyFile(path, path.stem, key)


KEY_FILES: Final = Kind(f"files with keys of at least {KEY_SIZE} bytes", _key_files)
