"""The writes of one client to one room: in order, one in flight, again until they are acked."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.kit.chat import Event, Refused
from tests.kit.screen import Ack

RESEND_SECONDS = 10.0
RETRY_SECONDS = 0.05


@dataclass(slots=True)
class Write:
    """A message that waits for its ack; `tries` counts how often it was sent."""

    client_id: str
    text: str
    acked: "asyncio.Future[Ack]"
    tries: int = 0


class Outbox:
    """What is still to be written to `room`; `post` takes the commands.

    `open` when the room is joined, `shut` when it is not any more; in between the first write is
    sent, and the next one only when that is acked or refused for good.
    """

    def __init__(self, room: str, post: Callable[[Event], None]) -> None:
        self.room = room
        self.writes: deque[Write] = deque()
        self._post = post
        self._opened = False
        self._life = 0
        self._flying = False

    def add(self, text: str, client_id: str | None = None) -> "asyncio.Future[Ack]":
        """Queue a message; the future raises Refused when the server says no for good."""
        acked: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self.writes.append(Write(client_id or secrets.token_hex(8), text, acked))
        self._next()
        return acked

    def open(self) -> None:
        """Begin to send; on a connection that is already open it changes nothing."""
        self._opened = True
        self._next()

    def shut(self) -> None:
        """Stop sending: the connection has ended, and what was in flight is unknown."""
        self._opened = self._flying = False
        self._life += 1

    def acked(self, ack: Ack) -> None:
        """Take an ack, which may be one for a write that was acked before."""
        if self.owns(ack.client_id):
            write = self._finish()
            if not write.acked.done():
                write.acked.set_result(ack)
            self._next()

    def refused(self, error: Event) -> None:
        """Take an error about the write in flight."""
        if error["retryable"]:
            self._again_in(error.get("retry_after") or RETRY_SECONDS)
            return
        write = self._finish()
        if not write.acked.done():
            write.acked.set_exception(Refused(error))
        self._next()

    def owns(self, client_id: str | None) -> bool:
        """Whether this is the write whose turn it is."""
        return bool(self.writes) and self.writes[0].client_id == client_id

    def _finish(self) -> Write:
        self._flying = False
        return self.writes.popleft()

    def _next(self) -> None:
        if not (self._opened and self.writes) or self._flying:
            return
        self._flying = True
        write = self.writes[0]
        write.tries += 1
        command = {"type_": "send", "room": self.room, "text": write.text}
        self._post({**command, "client_id": write.client_id})
        self._again_in(RESEND_SECONDS)

    def _again_in(self, seconds: float) -> None:
        """Send the write in flight again after a while, unless that has been settled by then."""
        write, tries, life = self.writes[0], self.writes[0].tries, self._life

        def again() -> None:
            if self.owns(write.client_id) and write.tries == tries and self._life == life:
                self._flying = False
                self._next()

        asyncio.get_running_loop().call_later(seconds, again)
