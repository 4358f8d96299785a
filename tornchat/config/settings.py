"""What is in force: every key as text, as parsed and with its origin, and the same as a `Config`.

It knows nothing of where settings come from.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornchat.config.ini import Line
from tornchat.config.keys import KEYS, PATTERN_KEYS, ROOM_KEYS, SITE_KEYS, Key
from tornchat.config.kinds import Unfit, is_pattern
from tornchat.config.model import (
    AdminConfig,
    Config,
    LimitsConfig,
    MetricsConfig,
    PatternConfig,
    RoomConfig,
    RoomsConfig,
    ServerConfig,
    SiteConfig,
)
from tornchat.errors import ConfigError

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


@dataclass(frozen=True, slots=True)
class Section:
    """A `[room NAME]`, also with a pattern for its name, or a `[site NAME]`: what is set in it."""

    kind: str
    name: str
    origin: str
    settings: dict[str, Setting] = field(default_factory=dict)

    @property
    def is_pattern(self) -> bool:
        """Whether this speaks of rooms that are made when somebody is let in."""
        return self.kind == "room" and is_pattern(self.name)

    @property
    def keys(self) -> dict[str, Key]:
        """What can be set in it, by name."""
        more = PATTERN_KEYS if self.is_pattern else ()
        return {
            key.name: key for key in ((*ROOM_KEYS, *more) if self.kind == "room" else SITE_KEYS)
        }


class Settings:
    """Every key in force with its origin; `config` is the same as typed values.

    `base` maps a section and key to its setting, `named` the kind (room, site) and name of a
    section to what is set in it.
    """

    __slots__ = ("_folder", "base", "named")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.base = {(key.section, key.name): _default(key, folder) for key in KEYS}
        self.named: dict[tuple[str, str], Section] = {}

    def __iter__(self) -> Iterator[Setting]:
        yield from self.base.values()
        for section in self.named.values():
            yield from section.settings.values()

    def all(self, kind: str) -> list[Section]:
        """Return the sections of a kind, as in the file."""
        return [section for section in self.named.values() if section.kind == kind]

    def config(self) -> Config:
        """Return the settings as one frozen value."""
        server = self._section("server")
        server["secret_key_file"] = server["secret_key_file"] or server["data_dir"] / "secret.key"
        rooms = self.all("room")
        return Config(
            server=ServerConfig(**server),
            rooms=RoomsConfig(**self._section("rooms")),
            limits=LimitsConfig(**self._section("limits")),
            admin=AdminConfig(**self._section("admin")),
            metrics=MetricsConfig(**self._section("metrics")),
            room=tuple(self._room(room) for room in rooms if not room.is_pattern),
            room_patterns=tuple(self._pattern(room) for room in rooms if room.is_pattern),
            site=tuple(SiteConfig(name=s.name, **self._values(s)) for s in self.all("site")),
        )

    def _section(self, section: str) -> dict[str, Any]:
        return {s.name: s.value for s in self.base.values() if s.section == section}

    def _room(self, section: Section) -> RoomConfig:
        values = self._values(section)
        values["title"] = values["title"] or section.name
        return RoomConfig(name=section.name, **values)

    def _pattern(self, section: Section) -> PatternConfig:
        return PatternConfig(name=section.name, **self._values(section))

    def _values(self, section: Section) -> dict[str, Any]:
        """Return every key of a section, with what holds where it says nothing."""
        missing = {n: self._unsaid(k) for n, k in section.keys.items() if n not in section.settings}
        return missing | {setting.name: setting.value for setting in section.settings.values()}

    def _unsaid(self, key: Key) -> Any:
        if key.inherits is None:
            return key.kind.parse(key.default, self._folder)
        # None follows [rooms] also when that changes later; who may enter is settled at once.
        return None if key.name == key.inherits else self.base["rooms", key.inherits].value


def parsed(key: Key, line: Line, folder: Path) -> Setting:
    """Return what a line sets. Raises ConfigError in one line."""
    text = line.text.strip()
    try:
        value = key.kind.parse(text, folder)
    except Unfit as error:
        raise ConfigError(f"{line.origin}: [{line.section}] {key.name}: {error}") from None
    except (ValueError, LookupError):
        hint = "; a comment needs a line of its own" if "#" in text or ";" in text else ""
        raise ConfigError(
            f"{line.origin}: [{line.section}] {key.name}: "
            f"expected {key.kind.expected}, got {shown(text)}{hint}"
        ) from None
    return Setting(line.section, key.name, text, value, line.origin)


def shown(text: str) -> str:
    """Return a wrong value for an error: bounded, in quotes, on one line."""
    return ascii(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _default(key: Key, folder: Path) -> Setting:
    value = key.kind.parse(key.default, folder)
    return Setting(key.section, key.name, key.default, value, "default")
