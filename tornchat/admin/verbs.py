"""What makes a method of a section a verb, and what the Office has to know of it.

It knows no verb by name.
"""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

from tornchat.admin.actor import Actor
from tornchat.errors import BadRequest

Method = TypeVar("Method", bound=Callable[..., Coroutine[Any, Any, Any]])
RoomOf = Callable[[Any, Mapping[str, Any]], str | None]
Subject = Callable[[Any, Mapping[str, Any]], str]

LONGEST_VALUE: Final = 200
"""Characters of one argument that a row of the audit log may hold."""
_ACTOR: Final = "actor"
_RULE: Final = "__verb__"
_HIDDEN: Final = "…"
_SUBJECTS: Final = ("person", "id", "name", "place")


@dataclass(frozen=True, slots=True)
class Rule:
    """What `verb` was told."""

    reads: bool
    room: str | RoomOf | None
    moderators: bool
    subject: Subject | None
    secret: frozenset[str]


def verb(
    *,
    reads: bool = False,
    room: str | RoomOf | None = None,
    moderators: bool = False,
    subject: Subject | None = None,
    secret: tuple[str, ...] = (),
) -> Callable[[Method], Method]:
    """Make a coroutine method of a section a verb, which the Office offers under its name.

    `reads`: it changes nothing, and leaves no row in the audit log. `room`: the argument that
    names the room it is about, or a function of the section and the arguments that finds it (None
    where there is none). `moderators`: actors with `rooms` may, for their rooms; where there is no
    `room`, the method confines itself to what its actor reaches. `subject(result, args)`: whom or
    what the row is about, else the first of person, id, name, place. `secret`: arguments whose
    values no row may hold, since nobody shall know them, or they shall be forgotten one day.

    A method that has a parameter `actor` is given who asks; the other arguments come from there,
    as JSON brings them:

        @verb(room="name", moderators=True)
        async def lock_room(self, name: str, *, actor: Actor) -> RoomInfo: ...
    """
    rule = Rule(reads, room, moderators, subject, frozenset(secret))

    def mark(method: Method) -> Method:
        setattr(method, _RULE, rule)
        return method

    return mark


class Verb:
    """One verb of one section, ready to be asked for."""

    def __init__(self, section: object, name: str, rule: Rule) -> None:
        self.name = name
        self.rule = rule
        self._section = section
        self.method = getattr(section, name)
        self._parameters = inspect.signature(self.method)
        self._wants_actor = _ACTOR in self._parameters.parameters

    def check(self, args: Mapping[str, Any]) -> None:
        """Raise BadRequest for arguments that the method does not take."""
        given = dict(args)
        if self._wants_actor:
            if _ACTOR in args:
                raise BadRequest(f"{self.name}: got an unexpected argument {_ACTOR!r}")
            given[_ACTOR] = None
        try:
            self._parameters.bind(**given)
        except TypeError as error:
            raise BadRequest(f"{self.name}: {error}") from error

    async def call(self, actor: Actor, args: Mapping[str, Any]) -> Any:
        """Carry it out, with arguments that were checked."""
        return await self.method(**args, **({_ACTOR: actor} if self._wants_actor else {}))

    def room(self, args: Mapping[str, Any]) -> str | None:
        """Return the room that it is about, None where there is none."""
        source = self.rule.room
        found = (
            args.get(source) if isinstance(source, str) else source and source(self._section, args)
        )
        return found if isinstance(found, str) else None

    def subject(self, result: Any, args: Mapping[str, Any]) -> str:
        """Return whom or what it was about, for the audit log."""
        if self.rule.subject is not None:
            return self.rule.subject(result, args)
        names = (n for n in _SUBJECTS if n != self.rule.room and args.get(n) is not None)
        return str(args.get(next(names, ""), ""))

    def detail(self, args: Mapping[str, Any]) -> str:
        """Return the arguments as JSON for the audit log: short, and without what is secret."""
        hidden = self.rule.secret
        told = {n: v for n, v in args.items() if n != self.rule.room and v is not None}
        shown = {n: _HIDDEN if n in hidden else _short(v) for n, v in told.items()}
        return msgspec.json.encode(shown).decode() if shown else ""


def verbs_of(section: object) -> list[Verb]:
    """Return the verbs of a section."""
    methods = inspect.getmembers(type(section), inspect.isfunction)
    rules = ((name, getattr(method, _RULE, None)) for name, method in methods)
    return [Verb(section, name, rule) for name, rule in rules if isinstance(rule, Rule)]


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return value if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
