"""Scripts, styles and pictures: held in memory, named by a hash of what they contain.

A path is looked up in a table of what was found at the start, never on the disk, so that no path
leads anywhere else. Links are not followed.
"""

import asyncio
import gzip
import hashlib
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from posixpath import dirname
from typing import Final

from tornado.web import HTTPError

from tornchat.web.headers import BaseHandler
from tornchat.web.modules import Modules
from tornchat.web.squeeze import squeeze_script, squeeze_style

YEAR: Final = 365 * 86400
FOR_ALL: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""What lets pages of any origin load a file, isolated ones too."""
_DOCUMENTATION: Final = re.compile(rb"^[ \t]*/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*\n", re.MULTILINE)
_REMARKS: Final = re.compile(rb"^[ \t]+|^/\*[^*]*\*/$", re.MULTILINE)
_NOTES: Final = re.compile(rb"^[ \t]+(?://.*)?|^//.*|/\*\* @[^\n*]*\*/ ?", re.MULTILINE)
_OF_MODULES: Final = re.compile(
    r"^(?:export|await)\b.*|^.*\bimport(?:\([\"']|\.meta\b).*", re.MULTILINE
)
"""What only a module can do; a script of another origin does not even know where it came from."""
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
    """One file as it is sent. `packed`: the same by gzip, None where that gains nothing."""

    content: bytes
    content_type: str
    etag: str
    packed: bytes | None


class StaticFiles:
    """The files of a folder by their path below it.

    `version` changes with any byte of any file: it is part of the address, so that a browser may
    keep a file for good. They are read once; with `dev` at each use. What documents scripts and
    styles stays here, and a script comes with all that it imports, but for developers: a room's
    page would load three times as much, in fifty requests. A folder such as `room.css` is one style
    sheet in parts, put together in the order of their names.
    """

    def __init__(self, folder: Traversable, *, dev: bool = False) -> None:
        self._folder = folder
        self.dev = dev
        self._making = threading.Lock()
        self._read()

    def _read(self) -> None:
        found = dict(_contents(self._folder))
        self._sources = found if self.dev else {p: _without_notes(p, c) for p, c in found.items()}
        self._modules = Modules(
            {path: text.decode() for path, text in self._sources.items() if path.endswith(".js")}
        )
        every = "\n".join(f"{path} {_digest(found[path])}" for path in sorted(found))
        self._version = _digest(every.encode())
        self._made: dict[str, StaticFile] = {}

    @property
    def version(self) -> str:
        """The part of the address that stands for the content of all files."""
        if self.dev:
            with self._making:
                self._read()
        return self._version

    @property
    def paths(self) -> list[str]:
        """The paths of all files, in order."""
        return sorted(self._sources)

    def modules(self, entry: str) -> list[str]:
        """Return the paths of the modules that a page loads for one, for it to announce."""
        return self._modules.needed(entry) if self.dev else [entry]

    def get(self, path: str) -> StaticFile | None:
        """Return the file at a path such as `chat/room.js`, or None; from any thread.

        The first time takes up to 50 ms of a processor, for joining, squeezing and packing.
        """
        with self._making:
            if self.dev:
                self._read()
            if path in self._sources and path not in self._made:
                self._made[path] = self._make(path)
            return self._made.get(path)

    def script(self, path: str, *, classic: bool = False) -> StaticFile | None:
        """Return a script for an address at the top, such as `/widget.js`, or None.

        It comes with all that it imports, to developers too; what it loads later is below
        `/static`. `classic`: it is no module, for any `<script>`; then browsers tell it no address
        that what it loads later could count from, so it names a whole one, with `static/0/` for
        the folder of today.
        Raises ValueError where it is written in a way that this does not know.
        """
        name = f"/{path}"
        with self._making:
            if self.dev:
                self._read()
            if path in self._sources and name not in self._made:
                self._made[name] = self._make_script(path, classic=classic)
            return self._made.get(name)

    def _make(self, path: str) -> StaticFile:
        content = self._sources[path]
        if path.endswith(".js") and not self.dev:
            content = squeeze_script(self._modules.joined(path)).encode()
        return _file(path, content)

    def _make_script(self, path: str, *, classic: bool) -> StaticFile:
        here = f"static/{self._version}/"
        joined = self._modules.joined(path, here + dirname(path))
        if classic:
            joined = _closed(path, joined).replace("static/0/", here)
        return _file(path, (joined if self.dev else squeeze_script(joined)).encode())


class StaticHandler(BaseHandler):
    """`/static/{version}/{path}`: to be kept for a year, since a change changes the address.

    An address of another version, of a page that was loaded before an update, gets today's file.
    Pages of any origin may load it: `/client.js` does so there, and it holds nothing of anybody.
    """

    def set_default_headers(self) -> None:
        """Let pages of any origin have it."""
        for name, value in FOR_ALL.items():
            self.set_header(name, value)

    async def get(self, version: str, path: str) -> None:
        """Send a file, or 304 to who has it."""
        files = self.site.static
        file = await asyncio.to_thread(files.get, path)
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
        """Send a file under the caching headers that are set, packed to who takes that."""
        packed = (
            file.packed if _takes_gzip(self.request.headers.get("Accept-Encoding", "")) else None
        )
        self.set_header("Content-Type", file.content_type)
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("Etag", f'"{file.etag}"' if packed is None else f'"{file.etag}-gzip"')
        if self.check_etag_header():
            self.set_status(304)
        elif packed is None:
            self.write(file.content)
        else:
            self.set_header("Content-Encoding", "gzip")
            self.write(packed)


class FaviconHandler(StaticHandler):
    """`/favicon.ico`, which browsers ask for unasked."""

    async def get(self) -> None:  # type: ignore[override]
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


def _file(path: str, content: bytes) -> StaticFile:
    content_type = _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
    packed = gzip.compress(content, mtime=0)
    smaller = packed if len(packed) < len(content) else None
    return StaticFile(content, content_type, _digest(content), smaller)


def _closed(path: str, script: str) -> str:
    """Return a module as a script whose names are its own. Raises ValueError."""
    if odd := _OF_MODULES.search(script):
        raise ValueError(f"{path} cannot be a plain script for the line: {odd[0].strip()}")
    return f'(() => {{\n"use strict";\n{script}\n}})();\n'


def _without_notes(path: str, content: bytes) -> bytes:
    if path.endswith(".js"):
        return _NOTES.sub(b"", _DOCUMENTATION.sub(_empty_lines, content))
    if path.endswith(".css"):
        return squeeze_style(_REMARKS.sub(b"", content).decode()).encode()
    return content


def _takes_gzip(accepted: str) -> bool:
    """Read `Accept-Encoding`; what it says with a weight of 0 is not taken (RFC 9110 §12.5.3)."""
    for part in accepted.lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";")
        if name == "gzip":
            return weight.rstrip("0.") != "q="
    return False


def _empty_lines(comment: re.Match[bytes]) -> bytes:
    """Return as many lines, so that an error in a browser names the line that one finds here."""
    return b"\n" * comment[0].count(b"\n")


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
