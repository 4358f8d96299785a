"""Kinds of configuration values: how each is written, and what it becomes.

A parser gets the text and the folder that relative paths count from, and raises ValueError or
LookupError for anything else than what `expected` says. Pure but for EXISTING_FILE, which looks at
the disk.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NUMBER: Final = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,12}", re.ASCII)
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""The name of a room or a site."""
MAX_ORIGINS: Final = 20
"""Of one room: they travel in a header with its frame."""
_STARRED: Final = re.compile(r"[a-z0-9._*-]{1,64}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to write a value. `expected` completes the sentence "expected …, got …"."""

    expected: str
    parse: Callable[[str, Path], Any]


class Unfit(ValueError):
    """Says itself what was expected and what came, where `Kind.expected` would be too little."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. `host` is empty for all interfaces; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def choice(*values: str) -> Kind:
    """One of these words, as written."""

    def parse(text: str, folder: Path) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return Kind("one of " + ", ".join(values), parse)


def whole(minimum: int, expected: str) -> Kind:
    """A whole number, at least `minimum`."""

    def parse(text: str, folder: Path) -> int:
        if not _WHOLE.fullmatch(text) or int(text) < minimum:
            raise ValueError(text)
        return int(text)

    return Kind(expected, parse)


def optional(kind: Kind) -> Kind:
    """The same kind, or nothing, which becomes None."""

    def parse(text: str, folder: Path) -> Any:
        return kind.parse(text, folder) if text else None

    return Kind(f"{kind.expected}, or nothing", parse)


def _rate(text: str, folder: Path) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _flag(text: str, folder: Path) -> bool:
    return {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}[
        text.lower()
    ]


def _duration(text: str, folder: Path) -> float:
    number, unit = (text, "") if text[-1:].isdigit() else (text[:-1], text[-1:])
    return _rate(number, folder) * _SECONDS[unit]


def _age(text: str, folder: Path) -> int:
    return int(_duration(text, folder))


def _size(text: str, folder: Path) -> int:
    number, unit = (text, "") if text[-1:].isdigit() else (text[:-1], text[-1:].lower())
    if not _WHOLE.fullmatch(number) or int(number) == 0:
        raise ValueError(text)
    return int(number) * _BYTES[unit]


def _line(text: str, folder: Path) -> str:
    if not text.isprintable():
        raise ValueError(text)
    return text


def path_from(text: str, folder: Path) -> Path:
    """Return a path that counts from `folder`; `~` is the home folder."""
    if not text or not text.isprintable():
        raise ValueError(text)
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError(text) from error


def _existing_file(text: str, folder: Path) -> Path:
    path = path_from(text, folder)
    try:
        found = path.is_file()
    except OSError:
        found = False
    if not found:
        raise ValueError(text)
    return path


def _address(text: str, folder: Path) -> Address:
    host, colon, port = text.rpartition(":")
    if not colon or not _WHOLE.fullmatch(port) or int(port) > 65535:
        raise ValueError(text)
    if host.startswith("["):
        if not host.endswith("]"):
            raise ValueError(text)
        host = str(ipaddress.IPv6Address(host[1:-1]))
    elif re.search(r"[^A-Za-z0-9._-]", host):
        raise ValueError(text)
    return Address(host, int(port))


def _networks(text: str, folder: Path) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(word) for word in words(text))


def _origins(text: str, folder: Path) -> tuple[str, ...]:
    found = tuple(_origin(word) for word in words(text))
    return tuple(dict.fromkeys(found))


def _few_origins(text: str, folder: Path) -> tuple[str, ...]:
    found = _origins(text, folder)
    if len(found) > MAX_ORIGINS:
        raise ValueError(text)
    return found


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.path or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError(text)
    return f"{parts.scheme}://{_authority(parts)}"


def _base_url(text: str, folder: Path) -> str:
    if not text:
        return ""
    parts = urlsplit(text)
    dots = {".", ".."} & set(parts.path.split("/"))
    if dots or "?" in text or "#" in text or not _PREFIX.fullmatch(parts.path):
        raise ValueError(text)
    return f"{parts.scheme}://{_authority(parts)}{parts.path.rstrip('/')}"


def _authority(parts: SplitResult) -> str:
    """Return host and port as a browser writes them: lower case, no default port."""
    host = parts.hostname or ""
    if not host.isascii() or parts.netloc.rpartition("@")[1] or parts.netloc.endswith(":"):
        raise ValueError(parts.netloc)
    if ":" in host:
        host = f"[{ipaddress.IPv6Address(host)}]"
    elif not re.fullmatch(r"[a-z0-9._-]+", host):
        raise ValueError(host)
    default_port = _DEFAULT_PORTS[parts.scheme]
    return host if parts.port in (None, default_port) else f"{host}:{parts.port}"


def _names(text: str, folder: Path) -> tuple[str, ...]:
    names = tuple(words(text))
    if not all(NAME.fullmatch(name) for name in names):
        raise ValueError(text)
    return names


def is_pattern(text: str) -> bool:
    """Return whether this is a name with `*` in it, for any run of characters."""
    return "*" in text and _STARRED.fullmatch(text) is not None


def _patterns(text: str, folder: Path) -> tuple[str, ...]:
    found = tuple(words(text))
    if not found or not all(NAME.fullmatch(word) or is_pattern(word) for word in found):
        raise ValueError(text)
    return found


def words(text: str) -> list[str]:
    """Return what stands between commas and white space."""
    return text.replace(",", " ").split()


ADDRESS: Final = Kind("host:port such as 127.0.0.1:8000 or [::1]:8000", _address)
AGE: Final = Kind("a duration such as 90s, 10m, 1h, 2d or 1w", _age)
BASE_URL: Final = Kind("an http or https address such as https://site.example/chat", _base_url)
COUNT: Final = whole(0, "a whole number, 0 or more")
POSITIVE: Final = whole(1, "a whole number, 1 or more")
DURATION: Final = Kind(AGE.expected, _duration)
EXISTING_FILE: Final = Kind("a file that exists", _existing_file)
FLAG: Final = Kind("yes or no", _flag)
LINE: Final = Kind("one line of text", _line)
NAMES: Final = Kind("names such as shop, blog", _names)
NETWORKS: Final = Kind("addresses or networks such as 127.0.0.1, 10.0.0.0/8", _networks)
ORIGINS: Final = Kind("origins such as https://site.example, without a path", _origins)
ROOM_ORIGINS: Final = Kind(f"at most {MAX_ORIGINS} {ORIGINS.expected}", _few_origins)
PATH: Final = Kind("a path", path_from)
PATTERNS: Final = Kind("room names or patterns such as lobby, support-*", _patterns)
RATE: Final = Kind("a number, 0 or more", _rate)
SIZE: Final = Kind("a size above 0 such as 65536, 64k or 1m", _size)
