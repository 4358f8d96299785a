"""The key that signs guest identities: a file for the owner alone, made at the first start."""

import os
import secrets
from pathlib import Path

from tornchat.errors import ConfigError

SIZE = 32
"""As large as the hash it is used with (RFC 7518 §3.2)."""


def load(path: Path) -> bytes:
    """Return the key in the file, which is made (mode 0600) where there is none.

    Raises ConfigError for a file that cannot be read, or holds too little to be a key.
    """
    try:
        key = _read_or_make(path)
    except OSError as error:
        raise ConfigError(f"secret_key_file {path}: {error.strerror or error}") from error
    if len(key) < SIZE:
        raise ConfigError(f"secret_key_file {path}: expected {SIZE} bytes, got {len(key)}")
    return key


def _read_or_make(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    key = secrets.token_bytes(SIZE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
