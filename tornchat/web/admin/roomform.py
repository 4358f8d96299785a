"""The settings of a room as a form holds them, and what two people have made of the same form.

It knows nothing of requests or of where settings are kept.

A form brings along `version` (the one of the settings that it was filled with), `fields` (the names
of what it holds, so that a box that is not ticked can be told from one that is not there) and
`base` (a short hash of each value it began with, so that what was not touched is not sent).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any, Final, NamedTuple

from tornchat.web.admin.forms import Form

ACCESS: Final = {"public": "Public", "read-only": "Read only", "private": "Private"}
_UNITS: Final = ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m"))
_LONGEST: Final = 300


class Field(NamedTuple):
    """One setting: how a form is read, and how a value is written into one and said in words."""

    name: str
    label: str
    read: Callable[[Form, str], Any]
    text: Callable[[Any], str]
    words: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting that two people have given different values. `mine`: whether to propose mine."""

    field: Field
    my_text: str
    my_words: str
    their_text: str
    their_words: str
    mine: bool


def exact(seconds: int) -> str:
    """Return a duration as a form takes it, without losing a second: `90m`, `30d`."""
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s" if seconds else "0"


def _same(value: Any) -> str:
    return str(value)


def _line(value: str) -> str:
    return value or "(empty)"


def _ticked(value: bool) -> str:
    return "on" if value else ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _optional(value: int | None) -> str:
    return "" if value is None else str(value)


def _age(value: int | None) -> str:
    return "" if value is None else exact(value)


def _kept(shown: Callable[[int], str]) -> Callable[[int | None], str]:
    def words(value: int | None) -> str:
        if value is None:
            return "as in the configuration"
        return shown(value) if value else "all are kept"

    return words


def _listed(value: Sequence[str]) -> str:
    text = ", ".join(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(value)})"


def _named_or_none(value: Sequence[str]) -> str:
    return _listed(value) or "none"


def _words(form: Form, name: str) -> list[str]:
    return list(dict.fromkeys(form.text(name).split()))


def _origins(form: Form, name: str) -> list[str]:
    return list(dict.fromkeys(form.text(name).replace(",", " ").split()))


def _sites(form: Form, name: str) -> list[str]:
    return sorted({site for text in form.all(name) for site in text.split()})


FIELDS: Final = {
    field.name: field
    for field in (
        Field("title", "Title", Form.text, _same, _line),
        Field("topic", "Topic", Form.text, _same, _line),
        Field("access", "Access", Form.text, _same, lambda value: ACCESS.get(value, value)),
        Field("guests", "Guests may write", Form.flag, _ticked, _yes),
        Field("sites", "Sites", _sites, " ".join, lambda v: _listed(v) or "all"),
        Field("origins", "May be shown by pages of", _origins, "\n".join, _named_or_none),
        Field("history_age", "Keep messages for", Form.duration, _age, _kept(exact)),
        Field("history_messages", "Keep at most", Form.number, _optional, _kept(str)),
        Field(
            "slow_mode",
            "Slow mode",
            lambda form, name: form.duration(name) or 0,
            exact,
            lambda value: f"one message in {exact(value)}" if value else "off",
        ),
        Field("join_lines", "Show who comes and goes", Form.flag, _ticked, _yes),
        Field("words", "Unwelcome words", _words, "\n".join, _named_or_none),
    )
}
"""What the form of a room may hold, in its order. `locked` is no field: it has a button."""

_ALWAYS: Final = frozenset({"access", "guests", "slow_mode", "history_age"})
_USUAL: Final[Mapping[str, Any]] = {
    "sites": [], "origins": [], "history_messages": None, "join_lines": True, "words": [],
}  # fmt: skip


def values(info: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return settings of a room (`admin.described.RoomInfo`) as a form is read."""
    found = {name: getattr(info, name) for name in names}
    lists = {name: list(value) for name, value in found.items() if isinstance(value, tuple)}
    found |= lists
    if "sites" in found:
        found["sites"] = sorted(found["sites"])
    return found


def facts(info: Any) -> list[tuple[str, str]]:
    """Return in words, name and value, what is set of a room: what matters, and what is unusual."""
    found = values(info, (name for name in FIELDS if name not in ("title", "topic")))
    shown = {name: v for name, v in found.items() if name in _ALWAYS or v != _USUAL[name]}
    return [(FIELDS[name].label, FIELDS[name].words(value)) for name, value in shown.items()]


def texts(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings as they stand in a form."""
    return {name: FIELDS[name].text(value) for name, value in settings.items()}


def read(form: Form) -> dict[str, Any]:
    """Return the settings that a form holds. Raises BadRequest."""
    named = form.text("fields").split()
    return {name: FIELDS[name].read(form, name) for name in FIELDS if name in named}


def typed(form: Form) -> dict[str, str]:
    """Return what was typed into a form, right or wrong, to be shown again."""
    named = form.text("fields").split()
    return {name: " ".join(form.all(name)) for name in FIELDS if name in named}


def marks(settings: Mapping[str, Any]) -> str:
    """Return what a form says of the values it begins with: its `base`."""
    return " ".join(f"{name}.{_mark(name, value)}" for name, value in settings.items())


def moved(settings: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return those settings that are not as they were when a form began."""
    known = set(base.split())
    return {n: value for n, value in settings.items() if f"{n}.{_mark(n, value)}" not in known}


def choices(
    mine: Mapping[str, Any], now: Mapping[str, Any], changed: Iterable[str]
) -> list[Choice]:
    """Return what there is to choose between: each setting on which two people differ.

    `mine`: what a form holds, `now`: what was stored meanwhile, `changed`: what its sender touched.
    """
    touched = set(changed)
    return [
        Choice(
            field,
            my_text=field.text(mine[name]),
            my_words=field.words(mine[name]),
            their_text=field.text(now[name]),
            their_words=field.words(now[name]),
            mine=name in touched,
        )
        for name, field in FIELDS.items()
        if name in mine and mine[name] != now[name]
    ]


def _mark(name: str, value: Any) -> str:
    return blake2s(FIELDS[name].text(value).encode(), digest_size=6).hexdigest()
