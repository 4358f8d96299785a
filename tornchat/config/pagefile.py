"""What was set on the admin page: a small file in the data folder, above tornchat.conf.

It knows no key, and nothing of who may set what.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tornchat.errors import ConfigError

NAME: Final = "settings.json"
ORIGIN: Final = "admin page"
MAX_SIZE: Final = 64 * 1024


def read_page(folder: Path) -> dict[str, str]:
    """Return what was set, as text by `section.key`; nothing where nothing was.

    Raises ConfigError, in one line, for a file that is none of ours.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_SIZE + 1))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot read what was set: {error.strerror}") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise ConfigError(f"{path}: expected an object of texts by section.key, as it was written")
    return found


def write_page(folder: Path, values: Mapping[str, str]) -> None:
    """Put these values in the place of those before, at once or not at all. Raises OSError."""
    path = folder / NAME
    new = path.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(dict(values), file, indent=2, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    parent = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
