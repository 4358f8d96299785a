"""Checks of what an operator asks for: typed as JSON brings it, refused in words.

It knows nothing of where the values go. Every check raises BadRequest.
"""

import ipaddress
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tornchat.access import patterns
from tornchat.access.places import place as place_of
from tornchat.access.roles import ROLES
from tornchat.config.kinds import MAX_ORIGINS, ORIGINS
from tornchat.errors import BadRequest
from tornchat.protocol import ROOM_NAME

ACCESS: Final = ("public", "read-only", "private")
MAX_TITLE: Final = 200
MAX_TOPIC: Final = 500
MAX_LABEL: Final = 100
MAX_REASON: Final = 200
MAX_SLOW_MODE: Final = 21_600
"""Seconds between two messages of one person: six hours."""
MAX_WORDS: Final = 500
MAX_WORD: Final = 64
MAX_ORIGIN: Final = 270
"""Characters: a scheme, a name of 253 and a port."""
MAX_PERSON: Final = 128
MAX_SECONDS: Final = 100 * 365 * 86400
MAX_NUMBER: Final = 10**12
MAX_TIME: Final = 10**14
"""UTC ms of a year that nobody lives to see."""

Check = Callable[[str, Any], Any]
"""Takes the name of an argument and its value; returns the value as it is stored."""


def room_name(value: Any) -> str:
    """Return a room's name."""
    if not isinstance(value, str) or not ROOM_NAME.fullmatch(value):
        raise _wrong(
            "room", "a name of a-z, 0-9 and . _ - (at most 64, a letter or digit first)", value
        )
    return value


def room_or_pattern(value: Any, name: str = "room") -> str:
    """Return the name of a room, or a pattern such as support-*."""
    if not isinstance(value, str) or not patterns.valid(value):
        raise _wrong(name, "a room's name or a pattern such as support-*", value)
    return value


def line(name: str, value: Any, longest: int) -> str:
    """Return one line of text; spaces around it are dropped."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > longest:
        raise _wrong(name, f"one line of at most {longest} characters", value)
    return value.strip()


def choice(name: str, value: Any, choices: Collection[str]) -> str:
    """Return one of some words."""
    if not isinstance(value, str) or value not in choices:
        raise _wrong(name, "one of " + ", ".join(choices), value)
    return value


def role(value: Any) -> str:
    """Return a role."""
    return choice("role", value, ROLES)


def number(name: str, value: Any, least: int, most: int = MAX_NUMBER) -> int:
    """Return a whole number."""
    if type(value) is not int or not least <= value <= most:
        raise _wrong(name, f"a whole number from {least} to {most}", value)
    return value


def until(name: str, seconds: Any, now: int) -> int | None:
    """Return the time (UTC ms) that lies so many seconds ahead of `now`; None stays None."""
    if seconds is None:
        return None
    if type(seconds) not in (int, float) or not 0 < seconds <= MAX_SECONDS:
        raise _wrong(name, "a number of seconds above 0, at most 100 years", seconds)
    return now + int(seconds * 1000)


def place(value: Any) -> str:
    """Return what bans go by: an IPv4 address, or the /64 of an IPv6 address."""
    words = _wrong("place", "an IPv4 address, an IPv6 address or its /64", value)
    if not isinstance(value, str):
        raise words
    address, _, size = value.partition("/")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError as error:
        raise words from error
    if size and size != {4: "32", 6: "64"}[version]:
        raise words
    return place_of(address)


def person(value: Any) -> str:
    """Return a person's id."""
    fits = isinstance(value, str) and 0 < len(value) <= MAX_PERSON
    if not fits or not value.isprintable() or " " in value:
        raise _wrong("person", "the id of a person such as g_0123456789abcdef", value)
    return str(value)


def settings(values: Mapping[str, Any], sites: Collection[str]) -> dict[str, Any]:
    """Return the settings of a room, checked. `sites`: the names that the configuration has."""
    unknown = sorted(values.keys() - _SETTINGS.keys() - {"sites"})
    if unknown:
        known = ", ".join([*_SETTINGS, "sites"])
        raise BadRequest(f"{unknown[0]}: no setting of a room, expected one of {known}")
    checked = {name: _SETTINGS[name](name, v) for name, v in values.items() if name in _SETTINGS}
    if "sites" in values:
        checked["sites"] = _sites(values["sites"], sites)
    return checked


def _sites(value: Any, known: Collection[str]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise _wrong("sites", "a list of names of sites", value)
    for name in value:
        if name not in known:
            raise BadRequest(f"sites: the configuration has no [site {name}]")
    return tuple(dict.fromkeys(value))


def _words(name: str, value: Any) -> tuple[str, ...]:
    """Return words that nobody may write, each once, in their order."""
    if not isinstance(value, list | tuple) or len(value) > MAX_WORDS:
        raise BadRequest(f"{name}: expected a list of at most {MAX_WORDS} words")
    return tuple(dict.fromkeys(_word(name, word) for word in value))


def _word(name: str, value: Any) -> str:
    """Return one word; a `*` at its beginning or end stands for whatever goes on there."""
    fits = isinstance(value, str) and value.isprintable() and 0 < len(value) <= MAX_WORD
    inner = value.removeprefix("*").removesuffix("*") if fits else ""
    if not inner or "*" in inner or any(character.isspace() for character in inner):
        expected = f"words of at most {MAX_WORD} characters, each with a * at its ends at most"
        raise _wrong(name, expected, value)
    return str(value)


def _origins(name: str, value: Any) -> tuple[str, ...]:
    """Return origins as browsers write them, each once, in their order."""
    if not isinstance(value, list | tuple) or len(value) > MAX_ORIGINS:
        raise BadRequest(f"{name}: expected a list of at most {MAX_ORIGINS} origins")
    return tuple(dict.fromkeys(_origin(name, origin) for origin in value))


def _origin(name: str, value: Any) -> str:
    """Return one origin. It becomes part of a header: nothing but a parsed one is let through."""
    found: tuple[str, ...] = ()
    if isinstance(value, str) and value.isprintable() and len(value) <= MAX_ORIGIN:
        with suppress(ValueError, LookupError):
            found = ORIGINS.parse(value, Path())
    if len(found) != 1:
        raise _wrong(name, ORIGINS.expected, value)
    return found[0]


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, "true or false", value)
    return value


def _kept(name: str, value: Any) -> int | None:
    return None if value is None else number(name, value, 0)


def _wrong(name: str, expected: str, value: Any) -> BadRequest:
    return BadRequest(f"{name}: expected {expected}, got {_short(value)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


_SETTINGS: Final[Mapping[str, Check]] = {
    "title": lambda name, value: line(name, value, MAX_TITLE),
    "topic": lambda name, value: line(name, value, MAX_TOPIC),
    "access": lambda name, value: choice(name, value, ACCESS),
    "guests": _flag,
    "history_age": _kept,
    "history_messages": _kept,
    "slow_mode": lambda name, value: number(name, value, 0, MAX_SLOW_MODE),
    "locked": _flag,
    "join_lines": _flag,
    "words": _words,
    "origins": _origins,
}
