"""A plain chat client: sends commands, hears answers, remembers every event; heals nothing.

The client that reconnects and heals, as PROTOCOL wants it, is `tests.kit.resilient`.
"""

import asyncio
import contextlib
import itertools
import json
import secrets
from collections.abc import Callable
from typing import Any, Self

from tests.kit.transport import Address, Transport
from tests.kit.wire import PATIENCE, Closed

Event = dict[str, Any]


class Refused(Exception):
    """The server answered with an error event."""

    def __init__(self, event: Event) -> None:
        super().__init__(f"{event['code']}: {event['message']}")
        self.event = event
        self.code: str = event["code"]


class ChatClient:
    """One connection that chats.

    client = await ChatClient.enter(XhrPolling(), server.at, "lobby", name="Ann")
    ack = await client.send("lobby", "Hello")
    message = await client.event("message", text="Hello")
    await client.close()

    Commands wait for their answer and raise Refused where it is an error, Closed when the
    connection ends before it comes, TimeoutError when it stays away. `events` holds everything
    that ever came, in order, unless `remember` is off. `on_event` is called for each, before
    anyone who waits hears of it.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_event: Callable[[Event], None] = lambda event: None,
        remember: bool = True,
    ) -> None:
        self.transport = transport
        self.events: list[Event] = []
        self.welcome: Event = {}
        self.patience = PATIENCE
        self.ended: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self._on_event = on_event
        self._remember = remember
        self._answers: dict[str, asyncio.Future[Event]] = {}
        self._waiters: list[tuple[Callable[[Event], bool], asyncio.Future[Event]]] = []
        self._refs = (f"r{number}" for number in itertools.count(1))
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def enter(
        cls, transport: Transport, at: Address, *rooms: str, name: str | None = None
    ) -> Self:
        """Connect, say hello and join rooms."""
        client = cls(transport)
        try:
            await client.open(at)
            await client.hello(name)
            for room in rooms:
                await client.join(room)
        except BaseException:
            await client.close()
            raise
        return client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def person(self) -> Event:
        """Who the server says we are."""
        found: Event = self.welcome["person"]
        return found

    @property
    def closed(self) -> Closed | None:
        """How the conversation ended; None while it lasts."""
        return self.ended.result() if self.ended.done() else None

    def seen(self, type_: str, **fields: Any) -> list[Event]:
        """Return the events so far of a type and with these fields."""
        return [event for event in self.events if matches(event, type_, fields)]

    async def open(self, at: Address) -> None:
        """Connect. Raises OSError, TimeoutError or Closed."""
        await self.transport.open(at.host, at.port, at.prefix)
        self._reader = asyncio.create_task(self._read())

    async def hello(self, name: str | None = None, token: str | None = None) -> Event:
        self.welcome = await self.request("hello", protocol=1, name=name, token=token)
        return self.welcome

    async def join(self, room: str, **fields: Any) -> Event:
        """Join; `fields`: since and epoch, limit, token."""
        return await self.request("join", room=room, **fields)

    async def leave(self, room: str) -> Event:
        return await self.request("leave", room=room)

    async def send(
        self, room: str, text: str, client_id: str | None = None, **fields: Any
    ) -> Event:
        """Send a message and return the ack; `fields`: reply_to, kind, data."""
        client_id = secrets.token_hex(8) if client_id is None else client_id
        return await self.request("send", room=room, text=text, client_id=client_id, **fields)

    async def delete(self, room: str, target: int, client_id: str | None = None) -> Event:
        client_id = secrets.token_hex(8) if client_id is None else client_id
        return await self.request("delete", room=room, target=target, client_id=client_id)

    async def history(self, room: str, **fields: Any) -> Event:
        """Ask for a page; `fields`: before, after, around or at, limit, view."""
        return await self.request("history", room=room, **fields)

    async def whole_log(self, room: str) -> list[Event]:
        """Return every entry of the room's log, in as many pages as it takes."""
        page = await self.history(room, after=0, limit=100, view="log")
        entries: list[Event] = page["entries"]
        while page["more"]:
            after = entries[-1]["seq"]
            page = await self.history(room, after=after, limit=100, view="log")
            assert page["entries"], f"more entries were promised after {after}, none came"
            entries += page["entries"]
        return entries

    async def ping(self) -> Event:
        return await self.request("ping")

    async def request(self, type_: str, **fields: Any) -> Event:
        """Send any command and return its answer; fields that are None stay out of it."""
        ref = next(self._refs)
        answer: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._answers[ref] = answer
        try:
            await self.post(type_, ref=ref, **fields)
            return await self._wait(answer, f"the answer to {type_}")
        finally:
            del self._answers[ref]
            if not answer.cancel():
                answer.exception()  # seen, so that nobody complains

    async def post(self, type_: str, **fields: Any) -> None:
        """Send a command and wait for nothing."""
        given = {key: value for key, value in fields.items() if value is not None}
        await self.transport.send([json.dumps({"type": type_, **given})])

    async def event(self, type_: str, *, after: int = 0, **fields: Any) -> Event:
        """Wait for an event of a type and with these fields; one that has come already counts.

        `after`: look only behind so many events (`len(client.events)` is "from now on").
        """
        return await self.until(lambda event: matches(event, type_, fields), after=after)

    async def until(self, wanted: Callable[[Event], bool], *, after: int = 0) -> Event:
        """Wait for the first event that is wanted."""
        for event in self.events[after:]:
            if wanted(event):
                return event
        found: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiters.append((wanted, found))
        return await self._wait(found, "an event")

    async def wait_closed(self) -> Closed:
        """Wait until the conversation has ended and say how."""
        async with asyncio.timeout(self.patience):
            return await asyncio.shield(self.ended)

    def abort(self) -> None:
        """Reset the connection."""
        self.transport.abort()

    async def close(self) -> None:
        """End the conversation and all who wait for it."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        await self.transport.close()
        self._end(Closed(1000, "closed by us"))

    async def _wait(self, future: asyncio.Future[Event], what: str) -> Event:
        if self.closed is not None and not future.done():
            raise self.closed
        try:
            async with asyncio.timeout(self.patience):
                return await future
        except TimeoutError:
            last = [event["type"] for event in self.events[-5:]]
            raise TimeoutError(f"no sign of {what}; the last events: {last}") from None

    async def _read(self) -> None:
        try:
            while True:
                for text in await self.transport.receive():
                    found = json.loads(text)
                    for event in found if isinstance(found, list) else [found]:
                        self._take(event)
        except Closed as closed:
            self.transport.abort()
            self._end(closed)
        except Exception as error:
            self._end(Closed(1006, f"{type(error).__name__}: {error}"))
            raise

    def _take(self, event: Event) -> None:
        if self._remember:
            self.events.append(event)
        self._on_event(event)
        answer = self._answers.get(event.get("ref", ""))
        if answer is not None and not answer.done():
            if event["type"] == "error":
                answer.set_exception(Refused(event))
            else:
                answer.set_result(event)
        for waiter in [w for w in self._waiters if w[0](event)]:
            self._waiters.remove(waiter)
            if not waiter[1].done():
                waiter[1].set_result(event)

    def _end(self, closed: Closed) -> None:
        if not self.ended.done():
            self.ended.set_result(closed)
        for future in [*self._answers.values(), *(found for _, found in self._waiters)]:
            if not future.done():
                future.set_exception(closed)
        self._waiters.clear()


def matches(event: Event, type_: str, fields: dict[str, Any]) -> bool:
    """Whether an event is of a type and has these fields."""
    return event["type"] == type_ and all(event.get(key) == fields[key] for key in fields)
