"""The Unix socket in the data folder: for its owner alone from its first moment on."""

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tornchat.errors import ListenError

NAME: Final = "control.sock"
LONGEST: Final = 107
"""Bytes of a path that fit into an address (unix(7): sun_path holds 108 with its end)."""
BACKLOG: Final = 16
FOLDERS: Final = "/proc/self/fd/{}"
"""An open folder under a short name (proc(5))."""


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """Yield the path as an address that is short enough: a long one by way of its open folder.

    Raises OSError where the path is too long and the system does not show open folders.
    """
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        name = FOLDERS.format(folder)
        if not Path(name).exists():
            raise OSError(errno.ENAMETOOLONG, f"longer than {LONGEST} bytes")
        yield f"{name}/{path.name}"
    finally:
        os.close(folder)


def listen(path: Path) -> socket.socket:
    """Return a listening socket at the path, 0600; a stale one is replaced. Raises ListenError.

    The caller holds the lock of the data folder, so a socket that is there already is of no use
    to anybody.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        _bind(listening, path)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ListenError(f"control socket {path}: {error.strerror or error}") from error
    except ListenError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def _bind(listening: socket.socket, path: Path) -> None:
    # bind(2) makes the file with what the mask leaves of 0777: a later chmod would come too late.
    mask = os.umask(0o177)
    try:
        with address(path) as name:
            listening.bind(name)
    finally:
        os.umask(mask)


def _remove_stale(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ListenError(f"control socket {path}: something else has this name; move it away")
        path.unlink()
