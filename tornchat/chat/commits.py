"""The hub's side of the log: drafts go to the journal, committed groups come back to the rooms.

It knows nothing of what a draft says or of who may write it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final

from tornchat.chat.pace import Pace
from tornchat.chat.ports import Metrics
from tornchat.chat.rights import Rights
from tornchat.chat.writing import answer
from tornchat.errors import Overloaded
from tornchat.frames import Frame
from tornchat.store import Draft, Group, Journal
from tornchat.store.records import DraftKind, Outcome
from tornchat.store.tails import Tails

if TYPE_CHECKING:
    from tornchat.chat.client import Client
    from tornchat.protocol import Person

WRITES: Final = 256
"""Entries of the server itself that may wait for their commit; people's have the rest."""


class Commits(Rights):
    """The part of the hub through which everything that is stored in a log goes.

    The `origin` of a draft says who is told of its outcome: a client with the `ref` of its
    command, or the future of whoever let the server write.
    """

    journal: Journal
    metrics: Metrics
    clock: Callable[[], float]
    pace: Pace
    _tails: Tails

    def __init__(self) -> None:
        self.draining = False
        self._writes = 0

    def publish(self, draft: Draft) -> None:
        """Hand a client's draft to the journal; the answer comes with `on_group`."""
        if self.draining:
            raise Overloaded("the server is shutting down: send again when it is back")
        self.journal.publish(draft)

    def write(
        self,
        room: str,
        kind: DraftKind,
        *,
        person: Person | None = None,
        text: str = "",
        message_kind: str = "text",
        target: int | None = None,
        moderator: bool = False,
    ) -> Awaitable[Outcome]:
        """Put an entry of the server's own, or of somebody in charge, into a log.

        Comes back after the commit; there is no resend, so that it is written once at most. Raises
        what was wrong with it, and Overloaded at once where `WRITES` of them wait: those who write
        many await them step by step. A server that shuts down still writes.
        """
        if self._writes >= WRITES:
            raise Overloaded("too much is being written at once: try again")
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        draft = Draft(
            room=room,
            kind=kind,
            person=person,
            client_id=None,
            fingerprint=b"",
            text=text,
            message_kind=message_kind,
            target=target,
            moderator=moderator,
            origin=done,
            received=self.clock(),
        )
        self.journal.publish(draft)
        self._writes += 1
        return done

    def on_group(self, group: Group) -> None:
        """Take a committed group: fan out its entries, and answer their senders with them."""
        replies = self._answers(group.outcomes)
        for name in group.entries.keys() | replies.keys():
            entries = group.entries.get(name, [])
            self.metrics.messages += len(entries)
            answers = replies.get(name, {})
            if self.directory.get(name) is None:  # deleted meanwhile
                for client, texts in answers.items():
                    client.send(Frame(texts))
            else:
                self.rooms.open(name).fan_out(entries, answers, group.changed.get(name, []))
        self.metrics.committed(len(group.outcomes), group.seconds)

    def prune(self, name: str, first: int) -> None:
        """Note that retention has moved a room's first entry."""
        record = self.directory.get(name)
        if record is not None:
            record.first = first
            self._tails.trim(name, first)

    def _answers(self, outcomes: Iterable[Outcome]) -> dict[str, dict[Client, list[str]]]:
        """Return what leaves with the entries of each room; settle what the server has written."""
        replies: dict[str, dict[Client, list[str]]] = {}
        now = self.clock()
        for outcome in outcomes:
            origin = outcome.draft.origin
            if isinstance(origin, asyncio.Future):
                self._writes -= 1
                _settle(origin, outcome)
            elif origin[0].open:
                client, ref = origin
                mine = replies.setdefault(outcome.draft.room, {}).setdefault(client, [])
                mine.append(answer(outcome, ref))
            if outcome.error is not None:
                self._forgive(outcome.draft)
            self.metrics.delay(now - outcome.draft.received)
        return replies

    def _forgive(self, draft: Draft) -> None:
        """Let who could not be heard try again at once, where slow mode would let them wait."""
        if draft.person is not None and draft.kind in ("message", "notice"):
            self.pace.forgive(draft.room, draft.person.id)


def _settle(done: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if done.done():
        return  # whoever waited has gone
    if outcome.error is None:
        done.set_result(outcome)
    else:
        done.set_exception(outcome.error)
