"""PROTOCOL's client for reference: reconnects, resumes, heals, resends, and keeps the evidence."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tests.kit.chat import ChatClient, Event, Refused
from tests.kit.outbox import Outbox
from tests.kit.screen import ENTRIES, Ack, RoomView
from tests.kit.transport import Address, Transport
from tests.kit.waiting import until
from tests.kit.wire import PATIENCE, Closed


@dataclass(slots=True)
class Seat:
    """A room on this client: what it shows, what it still has to send."""

    view: RoomView
    outbox: Outbox
    live: bool = False


class ResilientClient:
    """A participant that survives whatever happens to its connections.

    ann = ResilientClient(XhrStreaming, server.at, "lobby", name="Ann")
    await ann.start()                      # joined
    acked = ann.say("lobby", "Hello")      # a future; resent under one client_id until it is acked
    ann.cut()                              # resets the connection; it comes back by itself
    await ann.settled()                    # every write is acked
    await ann.caught_up("lobby", seq)
    await ann.stop()
    ann.views["lobby"].shown, ann.acks     # for tests.kit.checker

    make: called for each connection, so it may change the transport. `at` may be changed, too.
    delay: the ceiling of the first back-off; it doubles up to `max_delay`, with full jitter.
    silence: gives up on a connection that was quiet for so long; twice the heartbeat by default.
    `ended` is set when the server's close was final; `closes` and `errors` keep what went wrong.
    """

    def __init__(
        self,
        make: Callable[[], Transport],
        at: Address,
        *rooms: str,
        name: str | None = None,
        delay: float = 0.05,
        max_delay: float = 1.0,
        silence: float | None = None,
        seed: int = 0,
    ) -> None:
        self.at = at
        self.name = name
        self.acks: list[Ack] = []
        self.closes: list[Exception] = []
        self.errors: list[Event] = []
        self.connections = 0
        self.ended: Closed | None = None
        self.chat: ChatClient | None = None
        self._make = make
        self._delays = (delay, max_delay)
        self._silence = silence
        self._random = random.Random(seed)
        self._seats = {room: Seat(RoomView(room), Outbox(room, self._post)) for room in rooms}
        self._token: str | None = None
        self._outgoing: asyncio.Queue[Event] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    @property
    def views(self) -> dict[str, RoomView]:
        """What is shown of each room."""
        return {room: seat.view for room, seat in self._seats.items()}

    @property
    def online(self) -> bool:
        """Whether every room is joined and up to date on the present connection."""
        return all(seat.live for seat in self._seats.values())

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connect, and wait until it is online."""
        self._task = asyncio.create_task(self._live())
        await self._until(lambda: self.online or self.ended, "online", PATIENCE)

    async def stop(self) -> None:
        """End it; what is not acked stays so."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def say(self, room: str, text: str, client_id: str | None = None) -> "asyncio.Future[Ack]":
        """Queue a message; the future raises Refused when the server says no for good."""
        return self._seats[room].outbox.add(text, client_id)

    def cut(self) -> None:
        """Reset the present connection, if there is one."""
        if self.chat is not None:
            self.chat.abort()

    async def settled(self, patience: float = PATIENCE) -> None:
        """Wait until every write is acked or refused."""
        outboxes = [seat.outbox for seat in self._seats.values()]
        await self._until(lambda: not any(box.writes for box in outboxes), "all acked", patience)

    async def caught_up(self, room: str, seq: int, patience: float = PATIENCE) -> None:
        """Wait until everything up to `seq` is shown."""
        view = self._seats[room].view
        await self._until(lambda: view.cursor >= seq, f"at {seq} of {room}", patience)

    async def _until(self, condition: Callable[[], object], what: str, patience: float) -> None:
        task = self._task
        assert task is not None, "it has not been started"
        await until(lambda: condition() or task.done(), f"{self.name}: {what}", patience=patience)
        if task.done() and not task.cancelled():
            task.result()

    # ── one life after the other ────────────────────────────────────────────────────────────────

    async def _live(self) -> None:
        failures = 0
        while self.ended is None:
            before = self.connections
            try:
                await self._converse()
            except (OSError, TimeoutError, Closed, Refused) as error:
                self.closes.append(error)
                if isinstance(error, Closed) and 4500 <= error.code < 5000:
                    self.ended = error
            failures = 0 if self.connections > before else failures + 1
            first, most = self._delays
            await asyncio.sleep(self._random.random() * min(most, first * 2**failures))

    async def _converse(self) -> None:
        """Live through one connection, and say by an exception how it ended."""
        chat = self.chat = ChatClient(self._make(), on_event=self._on_event, remember=False)
        self._outgoing = asyncio.Queue()
        sender = None
        try:
            await chat.open(self.at)
            welcome = await chat.hello(self.name, self._token)
            self._token = welcome.get("guest_token", self._token)
            self.connections += 1
            sender = asyncio.create_task(self._send(chat, self._outgoing))
            for seat in self._seats.values():
                self._join(seat)
            await self._watch(chat)
        finally:
            for seat in self._seats.values():
                seat.live = False
                seat.outbox.shut()
            if sender is not None:
                sender.cancel()
            if chat.closed is not None:
                chat.abort()
            await chat.close()

    async def _watch(self, chat: ChatClient) -> None:
        patience = self._silence or 2 * chat.welcome["heartbeat"]
        while chat.closed is None:
            quiet = time.monotonic() - chat.transport.heard
            if quiet > patience:
                chat.abort()
                raise TimeoutError(f"nothing heard for {quiet:.1f} s")
            await asyncio.wait({chat.ended}, timeout=patience - quiet + 0.01)
        raise chat.closed

    async def _send(self, chat: ChatClient, outgoing: "asyncio.Queue[Event]") -> None:
        """Send what is to go out, in order; who cannot send has no use for the connection."""
        try:
            while True:
                await chat.post(**await outgoing.get())
        except Closed:
            chat.abort()

    # ── events ──────────────────────────────────────────────────────────────────────────────────

    def _on_event(self, event: Event) -> None:
        seat = self._seats.get(event.get("room", ""))
        match event["type"]:
            case "error":
                self._on_error(event)
            case "joined" if seat:
                if seat.view.joined(event):
                    self._join(seat)
                else:
                    seat.live = True
                    seat.outbox.open()
            case "ack" if seat:
                self._on_ack(seat, event)
            case "beat" if seat and seat.live and not seat.view.beat(event["last"]):
                self._join(seat)
            case kind if kind in ENTRIES and seat and seat.live and not seat.view.entry(event):
                self._join(seat)

    def _on_ack(self, seat: Seat, event: Event) -> None:
        ack = Ack(seat.view.epoch, event["seq"], event["client_id"])
        self.acks.append(ack)
        seat.outbox.acked(ack)

    def _on_error(self, event: Event) -> None:
        """An error about a write goes to its outbox; a join that fails makes us start over."""
        self.errors.append(event)
        for seat in self._seats.values():
            if seat.outbox.owns(event.get("client_id")):
                seat.outbox.refused(event)
                return
            if event.get("ref") == f"join {seat.view.name}":
                self.cut()

    def _join(self, seat: Seat) -> None:
        seat.live = False
        room = seat.view.name
        command = {"type_": "join", "room": room, "ref": f"join {room}", **seat.view.position()}
        self._post(command)

    def _post(self, command: Event) -> None:
        self._outgoing.put_nowait(command)
