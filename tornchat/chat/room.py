"""One live room: its subscribers, its people, and the order in which everything leaves it.

Knows nothing of what a client may do (commands) or of what a newcomer is shown first (replay).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from tornchat.chat.fanout import Delivery, FanOut, SendAll
from tornchat.chat.ports import Metrics, Outlet
from tornchat.chat.presence import Presence
from tornchat.frames import Frame
from tornchat.protocol import Beat, Entry, Event, Person, TypingNow, encode, tag
from tornchat.store.records import RoomRecord
from tornchat.store.tails import Tails

if TYPE_CHECKING:
    from tornchat.chat.client import Client

GROUP_SIZE = 64 * 1024
"""Text in one frame, about: it has to fit into the smallest outbound buffer."""
PRESENCE_TICK = 0.25
PRESENCE_PER_SUBSCRIBER = 0.001
"""Seconds between two presence events for each subscriber: telling a crowd of thousands that it
has grown costs a fan-out, so a crowd is told less often, and never takes over 1 % of a core."""
BEAT_SECONDS = 25.0
TYPING_SECONDS = 6.0
TYPING_PAUSE = 1.0


class Room:
    """A room with somebody in it; freed by the hub when it is `idle`.

    `inside` are the clients that are in it, with what each was last told it may do; `subscribers`
    are those of them that get everything from here on: all but the ones that are about to join
    again. Entries, beats,
    acknowledgements, presence and typing all leave through one `FanOut`, hence in one order for
    everybody. `record.last` is the last seq whose delivery has begun: whoever subscribes now gets
    the entries up to it by replay and the ones after it live.
    """

    __slots__ = (
        "_clock", "_fanout", "_gone", "_metrics", "_next_presence", "_quiet_since", "_tails",
        "_typists", "inside", "presence", "record", "subscribers",
    )  # fmt: skip

    def __init__(
        self,
        record: RoomRecord,
        *,
        tails: Tails,
        presence: Presence,
        call_soon: Callable[[Callable[[], None]], object],
        clock: Callable[[], float],
        metrics: Metrics,
        send_all: SendAll,
    ) -> None:
        self.record = record
        self.presence = presence
        self.inside: dict[Client, frozenset[str]] = {}
        self.subscribers: dict[Client, Outlet] = {}
        self._tails = tails
        self._clock = clock
        self._metrics = metrics
        self._fanout = FanOut(self.subscribers, call_soon, send_all)
        self._typists: dict[str, tuple[Person, float, bool]] = {}
        self._next_presence = 0.0
        self._quiet_since = clock()
        self._gone = False

    @property
    def idle(self) -> bool:
        """Whether nobody is here, is about to leave, or waits for a delivery."""
        return not (self.subscribers or len(self.presence) or self._fanout.busy)

    @property
    def waiting(self) -> bool:
        """Whether people are here and nobody who moderates.

        Programs do not count, nor those who look on without being seen.
        """
        people = [
            can
            for client, can in self.inside.items()
            if client.person.kind != "bot" and not client.invisible
        ]
        return bool(people) and not any("moderate" in can for can in people)

    @property
    def busy(self) -> bool:
        """Whether a delivery is under way."""
        return self._fanout.busy

    def subscribe(self, client: Client) -> None:
        """Let a client have everything whose delivery begins from now on."""
        self.subscribers[client] = client.outlet

    def unsubscribe(self, client: Client) -> None:
        """Stop the flow to a client at once, in the middle of a delivery too."""
        self.subscribers.pop(client, None)
        self._fanout.forget(client)

    def close(self) -> None:
        """Leave no trace of what is still on its way: the room was deleted."""
        self._gone = True

    def fan_out(
        self,
        entries: Sequence[Entry],
        replies: Mapping[Client, list[str]],
        changed: Sequence[Entry] = (),
    ) -> None:
        """Hand a committed group to everybody, and to its senders the answers along with it.

        `changed` are earlier entries as they now stand, for whoever joins later.
        """
        waiting = self._fanout.waiting
        if not isinstance(waiting, _Entries) or waiting.size >= GROUP_SIZE:
            waiting = _Entries(self)
            waiting.add(entries, replies, changed)
            self._fanout.push(waiting)
        else:
            waiting.add(entries, replies, changed)

    def broadcast(self, event: Event, *, without: Collection[Client] = ()) -> None:
        """Tell everybody (but some) something of the moment."""
        if self.subscribers:
            self._fanout.push(Delivery(Frame([encode(event)]), without=without))

    def typing(self, person: Person, on: bool) -> None:
        """Relay that somebody types or has stopped, each at most once a second.

        What was relayed expires by itself.
        """
        now = self._clock()
        _, until, shown = self._typists.get(person.id, (person, 0.0, False))
        if not on:
            if shown:
                self._typists[person.id] = (person, until, False)
                self.broadcast(TypingNow(room=self.record.name, person=person, on=False))
        elif self.presence.members is not None and until - now <= TYPING_SECONDS - TYPING_PAUSE:
            self._typists[person.id] = (person, now + TYPING_SECONDS, True)
            self.broadcast(TypingNow(room=self.record.name, person=person, on=True))

    def tick(self, now: float) -> None:
        """Tell what has become due: presence, typing that ended, a beat."""
        for person, _, _ in [t for t in self._typists.values() if t[1] <= now]:
            self.typing(person, False)
            del self._typists[person.id]
        if self.presence.pending and now >= self._next_presence:
            pace = len(self.subscribers) * PRESENCE_PER_SUBSCRIBER
            self._next_presence = now + max(PRESENCE_TICK, pace)
            change = self.presence.change()
            if change is not None:
                self.broadcast(change)
        if now - self._quiet_since >= BEAT_SECONDS and not self._fanout.busy:
            self._quiet_since = now
            self.broadcast(Beat(room=self.record.name, last=self.record.last))

    def append(
        self, entries: Sequence[Entry], texts: Sequence[str], changed: Sequence[Entry]
    ) -> None:
        """Take entries into the tail: their delivery begins."""
        record = self.record
        self._quiet_since = self._clock()
        if self._gone:
            return
        for entry, text in zip(entries, texts, strict=True):
            self._tails.append(record.name, entry.seq, tag(entry), text)
            record.last, record.last_time = entry.seq, entry.time
        for entry in changed:
            self._tails.replace(record.name, entry.seq, encode(entry))

    def delivered(self, count: int) -> None:
        """Count what has been handed to subscribers."""
        self._metrics.deliveries += count


class _Entries(Delivery):
    """Committed entries on their way, with the answers to their senders.

    While it waits for its turn it takes in further groups: where fan-out is what takes the time,
    the busier the room, the more a frame holds.
    """

    __slots__ = ("_changed", "_entries", "_replies", "_room", "_texts", "size")

    def __init__(self, room: Room) -> None:
        super().__init__(None)
        self._room = room
        self._entries: list[Entry] = []
        self._texts: list[str] = []
        self._changed: list[Entry] = []
        self._replies: dict[Client, list[str]] = {}
        self.size = 0

    def add(
        self,
        entries: Sequence[Entry],
        replies: Mapping[Client, list[str]],
        changed: Sequence[Entry],
    ) -> None:
        """Take in a group."""
        texts = [encode(entry) for entry in entries]
        self._entries += entries
        self._texts += texts
        self._changed += changed
        self.size += sum(map(len, texts))
        for client, answers in replies.items():
            self._replies.setdefault(client, []).extend(answers)

    def begin(self) -> None:
        """Take the entries into the tail, and make the frames."""
        self._room.append(self._entries, self._texts, self._changed)
        texts, subscribers = self._texts, self._room.subscribers
        self.frame = Frame(texts) if texts else None
        self.own = [
            (client, Frame(texts + answers if client in subscribers else answers))
            for client, answers in self._replies.items()
        ]

    def done(self, receivers: int) -> None:
        self._room.delivered(receivers * len(self._texts))
