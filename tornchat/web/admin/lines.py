"""Messages as rows of a page: one day after the other, found words marked, pending ones told.

It knows nothing of requests, nor of how the rows look.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final, NamedTuple

from tornado.escape import xhtml_escape

from tornchat.admin.deletions import PendingDeletion
from tornchat.protocol import Entry, Message, Notice

_WORD: Final = re.compile(r"\w+")
MOST_TEXT: Final = 150_000
"""Bytes of text on one page, as HTML: of long messages it has fewer."""
MOST_MARKS: Final = 100
"""Words that are marked in one message."""
DELETED: Final = "Message deleted"
ANNOUNCED: Final = "Announcement"


class Part(NamedTuple):
    """A piece of a text; `hit`: it was searched for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `time` is UTC ms, `who` the name it shows, "" for none; `day` begins a new one.

    `anchor` is its id on the page, `value` what a form sends for it. `notice`: no message but a
    line of the log, such as "/me" makes. `pending`: it will be deleted in a moment.
    """

    room: str
    seq: int
    person: str
    who: str
    parts: tuple[Part, ...]
    time: int
    anchor: str
    value: str
    day: str = ""
    edited: bool = False
    deleted: bool = False
    notice: bool = False
    pending: bool = False

    @property
    def moment(self) -> str:
        return f"{_utc(self.time):%Y-%m-%dT%H:%M:%S.}{self.time % 1000:03}Z"

    @property
    def clock(self) -> str:
        return f"{_utc(self.time):%H:%M}"

    @property
    def initial(self) -> str:
        return self.who[:1].upper()


BLANK: Final = Line("", 0, "", "", (Part("", False),), 0, "m0", "0")
"""What scripts make the row of a new message from."""


def fitting(entries: Sequence[Entry], near: int) -> Sequence[Entry]:
    """Return those on either side of the one at index `near` that fit on a page, itself at least.

    Without a bound, somebody who writes long enough messages would leave those in charge without
    the page: what is too large for a connection's buffer is not sent at all.
    """
    kept: list[int] = []
    size = 0
    for index in sorted(range(len(entries)), key=lambda index: abs(index - near)):
        size += len(xhtml_escape(getattr(entries[index], "text", "")).encode())
        if kept and size > MOST_TEXT:
            break
        kept.append(index)
    return entries[min(kept) : max(kept) + 1] if kept else []


def room_lines(entries: Iterable[Entry], pending: Sequence[PendingDeletion]) -> list[Line]:
    """Return the rows of one room's page, oldest first."""
    return _lines(entries, pending, "", several_rooms=False)


def found_lines(
    entries: Iterable[Entry],
    pending: Sequence[PendingDeletion],
    words: str,
    *,
    several_rooms: bool,
) -> list[Line]:
    """Return the rows of what a search has found, in its order."""
    return _lines(entries, pending, words, several_rooms=several_rooms)


def _lines(
    entries: Iterable[Entry],
    pending: Sequence[PendingDeletion],
    words: str,
    *,
    several_rooms: bool,
) -> list[Line]:
    lines: list[Line] = []
    day, pattern, doomed = "", _pattern(words), _Doomed(pending)
    for entry in entries:
        if isinstance(entry, Message | Notice):
            today = _day(entry.time)
            name = f"{entry.room}:{entry.seq}" if several_rooms else str(entry.seq)
            lines.append(_line(entry, name, pattern, doomed, day=today if today != day else ""))
            day = today
    return lines


def _line(
    entry: Message | Notice,
    name: str,
    pattern: re.Pattern[str] | None,
    doomed: "_Doomed",
    *,
    day: str,
) -> Line:
    sender, message = entry.sender, entry if isinstance(entry, Message) else None
    person = sender.id if sender else ""
    announced = entry.kind == "announcement"
    return Line(
        room=entry.room,
        seq=entry.seq,
        person=person,
        who=sender.name if sender else ANNOUNCED if announced else "",
        parts=(Part(DELETED, False),) if entry.deleted else _parts(entry.text, pattern),
        time=entry.time,
        anchor=f"m{name}",
        value=name,
        day=day,
        edited=message is not None and message.edited is not None and not entry.deleted,
        deleted=entry.deleted,
        notice=message is None,
        pending=not entry.deleted and doomed.has(entry.room, entry.seq, person),
    )


class _Doomed:
    """What pending deletions are about, to be asked for each message."""

    def __init__(self, pending: Iterable[PendingDeletion]) -> None:
        self._people: set[tuple[str, str | None]] = set()
        self._seqs: set[tuple[str | None, int]] = set()
        for deletion in pending:
            if deletion.person is not None:
                self._people.add((deletion.person, deletion.room))
            else:
                self._seqs.update((deletion.room, seq) for seq in deletion.seqs)

    def has(self, room: str, seq: int, person: str) -> bool:
        return (room, seq) in self._seqs or not self._people.isdisjoint(
            ((person, room), (person, None))
        )


def _pattern(words: str) -> re.Pattern[str] | None:
    """Return what marks the words of a search where they stand, whatever they go on with."""
    found = sorted(set(_WORD.findall(words)), key=len, reverse=True)
    if not found:
        return None
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, found))})\w*", re.IGNORECASE)


def _parts(text: str, pattern: re.Pattern[str] | None) -> tuple[Part, ...]:
    if pattern is None:
        return (Part(text, False),)
    parts, end = [], 0
    for match in islice(pattern.finditer(text), MOST_MARKS):
        parts += [Part(text[end : match.start()], False), Part(match[0], True)]
        end = match.end()
    parts.append(Part(text[end:], False))
    return tuple(part for part in parts if part.text)


def _day(time: int) -> str:
    day = _utc(time)
    return f"{day:%A} {day.day} {day:%B %Y}"


def _utc(time: int) -> datetime:
    return datetime.fromtimestamp(time // 1000, UTC)
