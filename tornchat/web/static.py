"""Scripts, styles and pictures: held in memory, named by a hash of what they contain.

A path is looked up in a table of what was found at the start, never on the disk, so that no path
leads anywhere else. Links are not followed.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath
from typing import Final

from tornado.web import HTTPError

from tornchat.web.headers import BaseHandler

YEAR: Final = 365 * 86400
_IMPORT: Final = re.compile(r"""^(?:import|export|\})[^"'\n]*["'](\.[^"'\n]+)["']""", re.MULTILINE)
_DOCUMENTATION: Final = re.compile(rb"^[ \t]*/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*\n", re.MULTILINE)
_REMARKS: Final = re.compile(rb"^[ \t]+|^/\*[^*]*\*/$", re.MULTILINE)
_NOTES: Final = re.compile(rb"^[ \t]+(?://.*)?|^//.*|/\*\* @[^\n*]*\*/ ?", re.MULTILINE)
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def packaged() -> Traversable:
    """Return the folder of static files inside the package."""
    return resources.files("tornchat").joinpath("static")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent."""

    content: bytes
    content_type: str
    etag: str


class StaticFiles:
    """The files of a folder by their path below it.

    `version` changes with any byte of any file: it is part of the address, so that a browser may
    keep a file for good. They are read once; with `dev` at each use. What documents scripts and
    styles stays here, but for developers: it would be a third of what a page loads. A folder such
    as `room.css` is one style sheet in parts, put together in the order of their names.
    """

    def __init__(self, folder: Traversable, *, dev: bool = False) -> None:
        self._folder = folder
        self.dev = dev
        self._read()

    def _read(self) -> None:
        contents = _contents(self._folder)
        self._files = {path: _file(path, content, whole=self.dev) for path, content in contents}
        every = "\n".join(f"{path} {file.etag}" for path, file in sorted(self._files.items()))
        self._version = _digest(every.encode())
        self._modules: dict[str, list[str]] = {}

    @property
    def version(self) -> str:
        """The part of the address that stands for the content of all files."""
        if self.dev:
            self._read()
        return self._version

    @property
    def paths(self) -> list[str]:
        """The paths of all files, in order."""
        return sorted(self._files)

    def modules(self, entry: str) -> list[str]:
        """Return the paths of a module and of all that it imports, for a page to announce."""
        if entry not in self._modules:
            self._modules[entry] = sorted(self._imports(entry))
        return self._modules[entry]

    def _imports(self, entry: str) -> set[str]:
        found: set[str] = set()
        waiting = [entry]
        while waiting:
            path = waiting.pop()
            file = self._files.get(path)
            if file is not None and path not in found:
                found.add(path)
                names = _IMPORT.findall(file.content.decode())
                waiting += (normpath(join(dirname(path), name)) for name in names)
        return found

    def get(self, path: str) -> StaticFile | None:
        """Return the file at a path such as `chat/room.js`, or None."""
        if self.dev:
            self._read()
        return self._files.get(path)


class StaticHandler(BaseHandler):
    """`/static/{version}/{path}`: to be kept for a year, since a change changes the address.

    An address of another version, of a page that was loaded before an update, gets today's file.
    """

    def get(self, version: str, path: str) -> None:
        """Send a file, or 304 to who has it."""
        files = self.site.static
        file = files.get(path)
        if file is None:
            raise HTTPError(404)
        if files.dev:
            self.set_header("Cache-Control", "no-store")
        elif version == files.version:
            self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable")
        else:
            self.set_header("Cache-Control", "no-cache")
        self.send_file(file)

    head = get

    def send_file(self, file: StaticFile) -> None:
        """Send a file under the caching headers that are set."""
        self.set_header("Content-Type", file.content_type)
        self.set_header("Etag", f'"{file.etag}"')
        if self.check_etag_header():
            self.set_status(304)
        else:
            self.write(file.content)


class FaviconHandler(StaticHandler):
    """`/favicon.ico`, which browsers ask for unasked."""

    def get(self) -> None:  # type: ignore[override]
        """Send the site's icon."""
        file = self.site.static.get("favicon.ico") or self.site.static.get("icon.svg")
        if file is None:
            raise HTTPError(404)
        self.set_header("Cache-Control", "public, max-age=86400")
        self.send_file(file)

    head = get  # type: ignore[assignment]


def _contents(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.name.startswith((".", "__")) or _is_link(entry):
            continue
        if entry.is_dir() and entry.name.endswith(".css"):
            parts = sorted(_contents(entry))
            yield prefix + entry.name, b"\n".join(content for _, content in parts)
        elif entry.is_dir():
            yield from _contents(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()


def _is_link(entry: Traversable) -> bool:
    return isinstance(entry, os.PathLike) and os.path.islink(entry)  # noqa: PTH114


def _file(path: str, content: bytes, *, whole: bool) -> StaticFile:
    content_type = _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
    if path.endswith(".js") and not whole:
        content = _NOTES.sub(b"", _DOCUMENTATION.sub(_empty_lines, content))
    elif path.endswith(".css") and not whole:
        content = _REMARKS.sub(b"", content)
    return StaticFile(content, content_type, _digest(content))


def _empty_lines(comment: re.Match[bytes]) -> bytes:
    """Return as many lines, so that an error in a browser names the line that one finds here."""
    return b"\n" * comment[0].count(b"\n")


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
