"""What a configuration that was read again changes in a server that runs, and what it cannot.

Pure: it compares two values and knows nothing of how a change is made.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from tornchat.config.keys import KEYS
from tornchat.config.model import Config, RoomConfig, SiteConfig

_SECTIONS: Final = ("server", "rooms", "limits", "admin", "metrics")
_FIXED: Final = frozenset((key.section, key.name) for key in KEYS if key.fixed)
_TLS: Final = frozenset((("server", "tls_cert"), ("server", "tls_key")))


@dataclass(frozen=True, slots=True)
class Changes:
    """The way from one configuration to another.

    `config` is what can be in force without a restart. `applied` names what it changes, `restart`
    what it leaves as it was: `[limits] burst`, `[site shop]`.
    """

    config: Config
    applied: tuple[str, ...]
    restart: tuple[str, ...]


def changes(old: Config, new: Config) -> Changes:
    """Return what becomes of `old`, which is in force, when `new` was read.

    A room that has a section already is not among it: the database has the last word on it.
    Whether the files of `tls_cert` and `tls_key` hold something new is not looked at.
    """
    fixed = _FIXED if bool(old.server.tls_cert) == bool(new.server.tls_cert) else _FIXED | _TLS
    changed = [
        (section, field.name)
        for section in _SECTIONS
        for field in fields(getattr(old, section))
        if getattr(getattr(old, section), field.name) != getattr(getattr(new, section), field.name)
    ]
    kept = [key for key in changed if key in fixed]
    applied = [f"[{section}] {name}" for section, name in changed if (section, name) not in fixed]
    known = {room.name for room in old.room}
    applied += [f"[room {room.name}]" for room in new.room if room.name not in known]
    applied += [f"[room {name}]" for name in _other(old.room_patterns, new.room_patterns)]
    applied += [f"[site {name}]" for name in _other(old.site, new.site)]
    restart = tuple(f"[{section}] {name}" for section, name in kept)
    return Changes(_keeping(old, new, kept), tuple(applied), restart)


def _other(
    old: Iterable[RoomConfig | SiteConfig], new: Iterable[RoomConfig | SiteConfig]
) -> Iterator[str]:
    """Yield the names of sections that came, went or say something else."""
    ours, theirs = ({section.name: section for section in sections} for sections in (old, new))
    yield from sorted(n for n in ours.keys() | theirs.keys() if ours.get(n) != theirs.get(n))


def _keeping(old: Config, new: Config, keys: Iterable[tuple[str, str]]) -> Config:
    """Return `new` with these keys as they were."""
    for section, name in keys:
        was: Any = {name: getattr(getattr(old, section), name)}
        part: Any = {section: replace(getattr(new, section), **was)}
        new = replace(new, **part)
    return new
