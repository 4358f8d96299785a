"""Brings tornchat.conf, the environment and flags together, and says exactly what is wrong.

Flag > environment > file > default. Every refusal is one line: where, which key, what was
expected, what came, and the nearest known name. It knows nothing of what the values are used for.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tornchat.config.ini import Line, read_lines
from tornchat.config.keys import KEYS, ROOM_KEYS, ROOM_NAME, SECTIONS, STARTER_ROOMS, Key
from tornchat.config.model import (
    Config,
    LimitsConfig,
    MetricsConfig,
    RoomConfig,
    RoomsConfig,
    ServerConfig,
)
from tornchat.errors import ConfigError

_BY_NAME = {(key.section, key.name): key for key in KEYS}
_ROOM_BY_NAME = {key.name: key for key in ROOM_KEYS}
_SHOWN = 60
"""Characters of a wrong value that an error repeats."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key with its value in force: as text, as parsed, and where it was set."""

    section: str
    name: str
    text: str
    value: Any
    origin: str


class Settings:
    """Every key in force with its origin; `config` is the same as typed values.

    `rooms` maps a room's name to its settings by key, `base` a section and key to its setting.
    """

    __slots__ = ("base", "rooms")

    def __init__(self, folder: Path) -> None:
        self.base = {name: _default(key, folder) for name, key in _BY_NAME.items()}
        self.rooms: dict[str, dict[str, Setting]] = {}

    def __iter__(self) -> Iterator[Setting]:
        yield from self.base.values()
        for room in self.rooms.values():
            yield from room.values()

    def config(self) -> Config:
        """Return the settings as one frozen value."""
        server = self._section("server")
        server["secret_key_file"] = server["secret_key_file"] or server["data_dir"] / "secret.key"
        return Config(
            server=ServerConfig(**server),
            rooms=RoomsConfig(**self._section("rooms")),
            limits=LimitsConfig(**self._section("limits")),
            metrics=MetricsConfig(**self._section("metrics")),
            room=tuple(self._room(name) for name in self.rooms),
        )

    def _section(self, section: str) -> dict[str, Any]:
        return {s.name: s.value for s in self.base.values() if s.section == section}

    def _room(self, name: str) -> RoomConfig:
        values = {
            "title": "",
            "topic": "",
            "access": self.base["rooms", "default_access"].value,
            "guests": self.base["rooms", "allow_guests"].value,
            "history_age": None,
            "history_messages": None,
        }
        values |= {setting.name: setting.value for setting in self.rooms[name].values()}
        values["title"] = values["title"] or name
        return RoomConfig(name=name, **values)


def load(path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, str]) -> Config:
    """Return the configuration in force.

    `path` is tornchat.conf, None for the built-in values with their two starter rooms; relative
    paths count from its folder, else from the current one. `overrides` are flags as text, by
    `section.key`. Raises ConfigError, in one line, for the first thing that is wrong.
    """
    return read_settings(path, environ, overrides).config()


def read_settings(
    path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, str]
) -> Settings:
    """Return the settings in force with their origins; arguments and errors as for `load`."""
    folder = path.parent.resolve() if path else Path.cwd()
    settings = Settings(folder)
    lines = read_lines(path) if path else _starter_lines()
    for line in lines:
        _set_from_file(settings, line, folder)
    for setting in (*_from_environ(environ, folder), *_from_flags(overrides, folder)):
        settings.base[setting.section, setting.name] = setting
    _check_together(settings)
    return settings


def _starter_lines() -> Iterator[Line]:
    for name, values in STARTER_ROOMS.items():
        section = f"room {name}"
        yield Line("built in", section)
        yield from (Line("built in", section, key, text) for key, text in values.items())


def _set_from_file(settings: Settings, line: Line, folder: Path) -> None:
    kind, _, name = line.section.partition(" ")
    if kind == "room" and name:
        _set_in_room(settings, line, name.strip(), folder)
    elif line.section not in SECTIONS:
        nearest = _nearest(line.section, (*SECTIONS, "room NAME"))
        raise ConfigError(f"{line.origin}: [{line.section}]: unknown section, nearest: [{nearest}]")
    elif line.name is not None:
        key = _known(line.origin, line.section, line.name)
        settings.base[line.section, line.name] = _parsed(key, line, folder)


def _set_in_room(settings: Settings, line: Line, name: str, folder: Path) -> None:
    if line.name is None:
        _check_room(settings, line, name)
        settings.rooms[name] = {}
        return
    key = _ROOM_BY_NAME.get(line.name)
    if key is None:
        raise _unknown(line.origin, line.section, line.name, _ROOM_BY_NAME)
    settings.rooms[name][line.name] = _parsed(key, line, folder)


def _check_room(settings: Settings, line: Line, name: str) -> None:
    where = f"{line.origin}: [{line.section}]"
    if "*" in name:
        raise ConfigError(f"{where}: expected the name of one room; patterns are not known yet")
    if not ROOM_NAME.fullmatch(name):
        raise ConfigError(
            f"{where}: expected a room name of at most 64 of a-z 0-9 . _ - that begins with a "
            f"letter or digit, got {_shown(name)}"
        )
    if name in settings.rooms:
        raise ConfigError(f"{where}: this room has a section already")


def _known(origin: str, section: str, name: str) -> Key:
    key = _BY_NAME.get((section, name))
    if key is None:
        raise _unknown(origin, section, name, [n for s, n in _BY_NAME if s == section])
    return key


def _unknown(origin: str, section: str, name: str, known: Iterable[str]) -> ConfigError:
    homes = [s for s, n in _BY_NAME if n == name]
    nearest = f"[{homes[0]}] {name}" if homes else _nearest(name, known)
    return ConfigError(f"{origin}: [{section}] {name}: unknown key, nearest: {nearest}")


def _nearest(name: str, known: Iterable[str]) -> str:
    by_lower = {word.lower(): word for word in known}
    return by_lower[get_close_matches(name.lower(), by_lower, n=1, cutoff=0.0)[0]]


def _default(key: Key, folder: Path) -> Setting:
    value = key.kind.parse(key.default, folder)
    return Setting(key.section, key.name, key.default, value, "default")


def _parsed(key: Key, line: Line, folder: Path) -> Setting:
    text = line.text.strip()
    try:
        value = key.kind.parse(text, folder)
    except (ValueError, LookupError):
        hint = "; a comment needs a line of its own" if "#" in text or ";" in text else ""
        raise ConfigError(
            f"{line.origin}: [{line.section}] {key.name}: "
            f"expected {key.kind.expected}, got {_shown(text)}{hint}"
        ) from None
    return Setting(line.section, key.name, text, value, line.origin)


def _shown(text: str) -> str:
    """Return a wrong value for an error: bounded, in quotes, on one line."""
    return ascii(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _from_environ(environ: Mapping[str, str], folder: Path) -> Iterator[Setting]:
    known = {key.variable: key for key in KEYS}
    prefixes = tuple(f"TORNCHAT_{section}_".upper() for section in SECTIONS)
    for variable, text in environ.items():
        if not variable.startswith(prefixes):
            continue
        if variable not in known:
            nearest = _nearest(variable, known)
            raise ConfigError(f"{variable}: unknown environment variable, nearest: {nearest}")
        key = known[variable]
        yield _parsed(key, Line(variable, key.section, key.name, text), folder)


def _from_flags(overrides: Mapping[str, str], folder: Path) -> Iterator[Setting]:
    for dotted, text in overrides.items():
        section, _, name = dotted.partition(".")
        flag = f"--{name.replace('_', '-')}"
        yield _parsed(_known(flag, section, name), Line(flag, section, name, text), folder)


def _check_together(settings: Settings) -> None:
    """Refuse what is right for each key alone, and wrong for two."""
    cert, key = (settings.base["server", name] for name in ("tls_cert", "tls_key"))
    if bool(cert.value) != bool(key.value):
        there, missing = (cert, key) if cert.value else (key, cert)
        raise ConfigError(
            f"{there.origin}: [server] {there.name}: expected {missing.name} beside it, got none"
        )
