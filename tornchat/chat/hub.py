"""All rooms of this process: where clients meet rooms, and committed groups meet subscribers.

It owns the live rooms and the people; the log belongs to the store, the sockets to `sockjs`.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tornchat.access import policy
from tornchat.access.guest import GuestTokens
from tornchat.access.identity import Identity
from tornchat.access.policy import RoomRules
from tornchat.chat import naming
from tornchat.chat.client import Client
from tornchat.chat.fanout import SendAll, send_each
from tornchat.chat.people import Participant, People
from tornchat.chat.ports import Metrics, Outlet
from tornchat.chat.presence import Presence
from tornchat.chat.replay import Replay
from tornchat.chat.room import Room
from tornchat.config.model import LimitsConfig, RoomsConfig
from tornchat.errors import CloseCode, Forbidden, NotFound, Overloaded
from tornchat.protocol import Ack, Correlation, encode, error_event
from tornchat.store import Draft, Group, Outcome, RoomRecord, Store

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
QUIET_START_SECONDS = 20.0
"""After a start everybody comes back at once: whoever was here before draws no join line."""


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """A room as the lobby shows it. `last_time`: UTC ms of the newest entry, 0 for none."""

    name: str
    title: str
    topic: str
    access: str
    count: int
    last_time: int


class Hub:
    """The meeting place.

    Life: built by `app` with the store open; `tick` is called four times a second; `on_group` is
    called on the loop with each committed group; `drain` refuses new messages from then on, and
    `dismiss` says goodbye to everybody.
    """

    def __init__(
        self,
        store: Store,
        *,
        rooms: RoomsConfig,
        limits: LimitsConfig,
        guests: GuestTokens,
        metrics: Metrics,
        call_soon: Callable[[Callable[[], None]], object],
        clock: Callable[[], float],
        heartbeat: int,
        server: str,
        send_all: SendAll = send_each,
    ) -> None:
        self.limits = limits
        self.guests = guests
        self.metrics = metrics
        self.clock = clock
        self.heartbeat = heartbeat
        self.server = server
        self.journal = store.journal
        self.history = store.history
        self.replay = Replay(store.history, store.tails, recovery_limit=rooms.recovery_limit)
        self.clients: set[Client] = set()
        self.people = People()
        self.draining = False
        self._settings = rooms
        self._tails = store.tails
        self._call_soon = call_soon
        self._send_all = send_all
        self._records = {record.name: record for record in store.rooms()}
        self._rooms: dict[str, Room] = {}
        self._unnamed: deque[tuple[float, Client]] = deque()
        self._started = clock()

    # ── connections ──────────────────────────────────────────────────────────────────────────────

    def connect(self, outlet: Outlet) -> Client:
        """Take in a new connection; it has ten seconds to say hello."""
        client = Client(self, outlet)
        self.clients.add(client)
        self._unnamed.append((self.clock() + HELLO_SECONDS, client))
        return client

    def disconnect(self, client: Client) -> None:
        """Forget a connection that has ended; its person stays listed for the grace."""
        self.clients.discard(client)
        for name in list(client.rooms):
            self.evict(client, name)
        if client.participant is not None:
            self.people.depart(client, client.participant)

    def admit(self, client: Client, person_id: str | None, name: str | None) -> Participant:
        """Give a connection its person; a name that was brought along counts from now on."""
        participant = self.people.arrive(client, person_id, name)
        client.participant = participant
        allowed = self.limits.connections_per_person
        if allowed and len(participant.clients) > allowed:
            client.end(CloseCode.CONNECTION_LIMIT)
        elif name is not None and name != participant.person.name:
            naming.rename(participant, name)
        return participant

    # ── rooms ────────────────────────────────────────────────────────────────────────────────────

    def record(self, name: str) -> RoomRecord | None:
        """Return what is known of a room, live or not."""
        return self._records.get(name)

    def grants(self, client: Client, name: str) -> frozenset[str]:
        """Return what the client's person may do in a room; nothing where there is no such room."""
        record = self._records.get(name)
        if record is None:
            return frozenset()
        person = client.person
        identity = Identity(person.id, "guest" if person.kind == "guest" else "member")
        rules = RoomRules(record.name, record.access, record.guests)
        return policy.grants(rules, identity, None)

    def readable(self, client: Client, name: str) -> RoomRecord:
        """Return the room's record; a room that one may not read and none at all answer alike."""
        record = self._records.get(name)
        if record is None or "read" not in self.grants(client, name):
            raise NotFound(f"no room {name!r}")
        return record

    def joined_room(self, client: Client, name: str, permission: str) -> Room:
        """Return a room that the client has joined and may use so; else Forbidden."""
        room = client.rooms.get(name)
        if room is None:
            raise Forbidden(f"join {name!r} first")
        if permission not in self.grants(client, name):
            raise Forbidden(f"not allowed to {permission} in {name!r}")
        return room

    def room(self, name: str) -> Room:
        """Return the live room, made now where nobody was in it."""
        room = self._rooms.get(name)
        if room is None:
            presence = Presence(
                name,
                grace=self._settings.presence_grace,
                limit=self._settings.member_list_limit,
                clock=self.clock,
            )
            room = self._rooms[name] = Room(
                self._records[name],
                tails=self._tails,
                presence=presence,
                call_soon=self._call_soon,
                clock=self.clock,
                metrics=self.metrics,
                send_all=self._send_all,
            )
        return room

    def enter(self, client: Client, name: str) -> Room:
        """Subscribe a client, and list its person; a name that is held here gives way."""
        room = self.room(name)
        room.subscribe(client)
        if name not in client.rooms:
            client.rooms[name] = room
            self.metrics.joins += 1
            just_started = self.clock() - self._started < QUIET_START_SECONDS
            naming.seat(client.known, room, just_started=just_started)
        return room

    def hold(self, client: Client, name: str) -> None:
        """Let nothing live reach a client that joins again, until `enter`."""
        if name in client.rooms:
            client.rooms[name].unsubscribe(client)

    def leave(self, client: Client, name: str) -> None:
        """Take a client out of a room on its own wish; the person's leaving shows at once."""
        if name not in client.rooms:
            raise Forbidden(f"not in {name!r}")
        self.evict(client, name, at_once=True)

    def evict(self, client: Client, name: str, *, at_once: bool = False) -> None:
        """Take a client out of a room, if it is in; its person stays listed for the grace."""
        room = client.rooms.pop(name, None)
        if room is not None:
            room.unsubscribe(client)
            room.presence.exit(client.person.id, at_once=at_once)

    def summaries(self) -> list[RoomSummary]:
        """List the rooms that everybody may see, by title."""
        return sorted(
            (self._summary(r) for r in self._records.values() if r.access != "private"),
            key=lambda summary: summary.title.casefold(),
        )

    # ── the log ──────────────────────────────────────────────────────────────────────────────────

    def publish(self, draft: Draft) -> None:
        """Hand a draft to the journal; the answer comes with `on_group`."""
        if self.draining:
            raise Overloaded("the server is shutting down: send again when it is back")
        self.journal.publish(draft)

    def on_group(self, group: Group) -> None:
        """Take a committed group: fan out its entries, and answer their senders with them."""
        replies: dict[str, dict[Client, list[str]]] = {}
        now = self.clock()
        for outcome in group.outcomes:
            client, ref = outcome.draft.origin
            if client.open:
                mine = replies.setdefault(outcome.draft.room, {}).setdefault(client, [])
                mine.append(_reply(outcome, ref))
            self.metrics.delay(now - outcome.draft.received)
        for name in group.entries.keys() | replies.keys():
            entries = group.entries.get(name, [])
            self.metrics.messages += len(entries)
            changed = group.changed.get(name, [])
            self.room(name).fan_out(entries, replies.get(name, {}), changed)
        self.metrics.committed(len(group.outcomes), group.seconds)

    def prune(self, name: str, first: int) -> None:
        """Note that retention has moved a room's first entry."""
        self._records[name].first = first
        self._tails.trim(name, first)

    # ── time ─────────────────────────────────────────────────────────────────────────────────────

    def tick(self) -> None:
        """Do what is due: late hellos, presence, beats; free rooms that nobody is in."""
        now = self.clock()
        while self._unnamed and self._unnamed[0][0] <= now:
            _, client = self._unnamed.popleft()
            if client.open and client.participant is None:
                client.end(CloseCode.NO_HELLO)
        for name, room in list(self._rooms.items()):
            room.tick(now)
            if room.idle:
                del self._rooms[name]

    def drain(self) -> None:
        """Refuse new messages from now on."""
        self.draining = True

    @property
    def busy(self) -> bool:
        """Whether some room still has a delivery under way."""
        return any(room.busy for room in self._rooms.values())

    def dismiss(self) -> None:
        """Say goodbye to everybody, for a restart."""
        for client in list(self.clients):
            client.end(CloseCode.SHUTDOWN)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _summary(self, record: RoomRecord) -> RoomSummary:
        room = self._rooms.get(record.name)
        count = len(room.presence) if room else 0
        newest = record.last_time if record.last else 0  # a new room has the time it was made
        return RoomSummary(record.name, record.title, record.topic, record.access, count, newest)


def _reply(outcome: Outcome, ref: str | None) -> str:
    draft = outcome.draft
    client_id = draft.client_id or ""
    if outcome.error is not None:
        return encode(error_event(outcome.error, Correlation(ref, client_id)))
    return encode(Ack(draft.room, client_id, outcome.seq, outcome.time, ref=ref))
