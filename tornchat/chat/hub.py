"""All rooms of this process: where clients meet rooms, and committed groups meet subscribers.

It owns the live rooms and the people; the log belongs to the store, the sockets to `sockjs`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from tornchat.access.guest import GuestTokens
from tornchat.access.identity import Identity
from tornchat.chat import naming
from tornchat.chat.admins import Admins
from tornchat.chat.client import Client
from tornchat.chat.commits import Commits
from tornchat.chat.directory import Directory
from tornchat.chat.discipline import Discipline
from tornchat.chat.door import Door, key_person, known_as
from tornchat.chat.expiry import Deadlines
from tornchat.chat.fanout import SendAll, send_each
from tornchat.chat.limits import Limiter
from tornchat.chat.ondemand import OnDemand
from tornchat.chat.pace import Pace
from tornchat.chat.people import Participant, People
from tornchat.chat.ports import Metrics, Moderation, Outlet
from tornchat.chat.replay import Replay
from tornchat.chat.room import Room
from tornchat.chat.rooms import Rooms
from tornchat.chat.visits import Visits
from tornchat.config.model import LimitsConfig, PatternConfig, RoomsConfig
from tornchat.errors import CloseCode
from tornchat.store import Store

HELLO_SECONDS = 10.0
QUIET_START_SECONDS = 20.0
"""After a start everybody comes back at once: whoever was here before draws no join line."""
LEEWAY_SECONDS = 30.0
"""How long a connection may go on after its token has expired."""


class Hub(Commits, Discipline):
    """The meeting place.

    Life: built by `app` with the store open; `tick` is called four times a second; `on_group` is
    called on the loop with each committed group; `drain` refuses new messages from then on, and
    `dismiss` says goodbye to everybody. Whatever anybody wants to do in a room, `grants` is asked.
    `moderation` carries out what is asked for by slash commands, once it is set. `clock` is
    monotonic, `utc` gives UTC seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        rooms: RoomsConfig,
        patterns: Sequence[PatternConfig],
        limits: LimitsConfig,
        guests: GuestTokens,
        door: Door,
        metrics: Metrics,
        call_soon: Callable[[Callable[[], None]], object],
        clock: Callable[[], float],
        utc: Callable[[], float],
        heartbeat: int,
        server: str,
        send_all: SendAll = send_each,
    ) -> None:
        Commits.__init__(self)
        Discipline.__init__(self, call_soon)
        self.limiter = Limiter(limits, clock)
        self.guests = guests
        self.door = door
        self.keyring = door.keyring
        self.bans = door.bans
        self.metrics = metrics
        self.clock = clock
        self.heartbeat = heartbeat
        self.server = server
        self.journal = store.journal
        self.history = store.history
        self.turn_for_page = asyncio.Lock()
        self.replay = Replay(store.history, store.tails, recovery_limit=rooms.recovery_limit)
        self.clients: set[Client] = set()
        self.admins = Admins(lambda client, room: "moderate" in self.grants(client, room))
        self.people = People()
        self.directory = Directory(store.rooms())
        self.rooms = Rooms(
            self.directory,
            settings=rooms,
            tails=store.tails,
            call_soon=call_soon,
            clock=clock,
            metrics=metrics,
            send_all=send_all,
        )
        self.pace = Pace(clock)
        self.moderation: Moderation | None = None
        self.ondemand = OnDemand(patterns, self.directory, store.journal, utc)
        self.visits = Visits(store.journal, utc, rooms.seen_age)
        self._tails = store.tails
        self._utc = utc
        self._expiring: Deadlines[Client] = Deadlines()
        self._unnamed: deque[tuple[float, Client]] = deque()
        self._started = clock()

    @property
    def limits(self) -> LimitsConfig:
        """What `[limits]` says; other limits hold for everybody from when they are set."""
        return self.limiter.config

    @limits.setter
    def limits(self, limits: LimitsConfig) -> None:
        self.limiter.apply(limits)
        for client in self.clients:
            self.limiter.forget(client)

    # ── connections ──────────────────────────────────────────────────────────────────────────────

    def connect(self, outlet: Outlet) -> Client:
        """Take in a new connection; it has ten seconds to say hello."""
        client = Client(self, outlet)
        client.since = int(self._utc() * 1000)
        self.clients.add(client)
        self.limiter.opened(client.place)
        if self.door.banned(client.place):
            client.end(CloseCode.BANNED)
        else:
            self._unnamed.append((self.clock() + HELLO_SECONDS, client))
        return client

    def disconnect(self, client: Client) -> None:
        """Forget a connection that has ended; its person stays listed for the grace."""
        self.clients.discard(client)
        self.admins.discard(client)
        self.limiter.closed(client.place)
        self._expiring.drop(client)
        for name in list(client.rooms):
            self.evict(client, name)
        if client.participant is not None:
            self.people.depart(client, client.participant)

    def admit(self, client: Client, identity: Identity, name: str | None) -> Participant:
        """Give a connection its person; a name that was brought along counts from now on."""
        participant = self.people.arrive(client, identity, name)
        client.participant = participant
        self.trust(client, known_as(identity, participant.person.id))
        allowed = self.limits.connections_per_person
        if allowed and len(participant.clients) > allowed:
            client.end(CloseCode.CONNECTION_LIMIT)
        elif not client.invisible:
            naming.introduce(self.people, participant, name, identity.badge)
        return participant

    def trust(self, client: Client, identity: Identity) -> None:
        """Go by an identity from now on, until it expires."""
        client.identity = identity
        if client.invisible:
            self.admins.add(client)
        left = None if identity.expires is None else identity.expires - self._utc()
        deadline = None if left is None else self.clock() + left + LEEWAY_SECONDS
        self._expiring.set(client, deadline)

    # ── coming and going ─────────────────────────────────────────────────────────────────────────

    def enter(self, client: Client, name: str, grants: frozenset[str]) -> Room:
        """Subscribe a client, and list its person; a name that is held here gives way."""
        room = self.rooms.open(name)
        if client.rooms.get(name) is not room:
            self.evict(client, name)  # of a room that had this name before
        room.subscribe(client)
        room.inside[client] = grants
        if name not in client.rooms:
            client.rooms[name] = room
            self.metrics.joins += 1
            self.visits.note(room.record, client)
            if not client.invisible:
                self.admins.stir(name)
                just_started = self.clock() - self._started < QUIET_START_SECONDS
                naming.seat(self.people, client.known, room, just_started=just_started)
        return room

    def hold(self, client: Client, name: str) -> None:
        """Let nothing live reach a client that joins again, until `enter`."""
        if name in client.rooms:
            client.rooms[name].unsubscribe(client)

    def leave(self, client: Client, name: str) -> None:
        """Take a client out of a room on its own wish; the person's leaving shows at once."""
        self.joined_room(client, name, "read")
        self.evict(client, name, at_once=True)

    def evict(self, client: Client, name: str, *, at_once: bool = False) -> None:
        """Take a client out of a room, if it is in; its person stays listed for the grace."""
        room = client.rooms.pop(name, None)
        if room is not None:
            room.unsubscribe(client)
            room.inside.pop(client, None)
            self.visits.note(room.record, client)
            if not client.invisible:
                self.admins.stir(name)
                room.presence.exit(client.person.id, at_once=at_once)

    # ── time ─────────────────────────────────────────────────────────────────────────────────────

    def tick(self) -> None:
        """Do what is due: late hellos, presence, beats; free rooms that nobody is in."""
        now = self.clock()
        while self._unnamed and self._unnamed[0][0] <= now:
            _, client = self._unnamed.popleft()
            if client.open and client.participant is None:
                client.end(CloseCode.NO_HELLO)
        self.end_all(self._expiring.due(now), CloseCode.TOKEN_EXPIRED)
        self._end_lapsed()
        self.bans.tick()
        for name in self.rooms.tick(now):
            self.ondemand.note_left(name)
        self.visits.tick(now)
        self.admins.tick(now)

    async def archive_idle(self) -> None:
        """Archive the rooms made on demand that nobody uses; call it now and then."""
        await self.ondemand.archive_idle(lambda name: self.rooms.get(name) is not None)

    def drain(self) -> None:
        """Refuse new messages from now on."""
        self.draining = True

    @property
    def busy(self) -> bool:
        """Whether some room still has a delivery under way."""
        return self.rooms.busy

    def dismiss(self) -> None:
        """Say goodbye to everybody, for a restart."""
        for client in list(self.clients):
            client.end(CloseCode.SHUTDOWN)

    def _end_lapsed(self) -> None:
        """Act on invites and keys whose time is over."""
        for token in self.keyring.lapsed():
            if token.kind == "key":
                self.expel(CloseCode.KEY_REVOKED, person_id=key_person(token.id))
            else:
                self.apply(token.room, "revoked")
