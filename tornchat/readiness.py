"""Why new people had better go elsewhere: what `/ready` says. Pure."""

from collections.abc import Iterator
from typing import Final, Protocol

BUSY_LOOP_SECONDS: Final = 5.0
"""A loop that is this late is too busy for more people."""


class Rooms(Protocol):
    """The live rooms."""

    draining: bool


class Journal(Protocol):
    """The writer of the log."""

    @property
    def healthy(self) -> bool: ...
    @property
    def error(self) -> str | None: ...


class Check(Protocol):
    """The check of the database that goes on in the background."""

    damage: list[str]


def problems(rooms: Rooms, journal: Journal, check: Check, lag: float) -> Iterator[str]:
    """Yield each in words for the operator; `lag`: seconds by which the loop was late."""
    if rooms.draining:
        yield "the server is shutting down"
    if not journal.healthy:
        yield journal.error or "the journal is stopped"
    for problem in check.damage:
        yield f"the database is damaged: {problem}"
    if lag > BUSY_LOOP_SECONDS:
        yield f"the loop is {lag:.1f} s late"
