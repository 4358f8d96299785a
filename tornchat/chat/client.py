"""One connected participant: takes texts, hands them on as commands in order, answers.

Knows its connection only as an `Outlet`; what each command does is in `commands`.
"""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from tornchat.access.identity import Identity
from tornchat.access.limits import Bucket, Strikes
from tornchat.access.places import place
from tornchat.chat import commands
from tornchat.chat.people import Participant
from tornchat.chat.ports import Outlet
from tornchat.chat.room import Room
from tornchat.chat.sanctions import BannedHere
from tornchat.errors import ChatError, CloseCode, Internal, RateLimited
from tornchat.frames import Frame
from tornchat.protocol import (
    Bye,
    Correlation,
    Event,
    Person,
    correlation,
    decode_command,
    encode,
    error_event,
)

if TYPE_CHECKING:
    from tornchat.chat.hub import Hub

log = logging.getLogger(__name__)

NOBODY = Identity(None, permits=())
"""Who has not said hello."""
BAD_COMMANDS = 20
BAD_COMMANDS_SECONDS = 60.0
REFUSED_FOR_RATE = 100
REFUSED_FOR_RATE_SECONDS = 20.0
BAD_CODES = frozenset({"bad_json", "bad_request", "unknown_type", "too_large"})


class Client:
    """A connection that chats.

    Life: made when a session opens; `participant` and `identity` (what it has shown, and so what it
    may do) are set by `hello`, which must come in time; `place` is its address as limits count it;
    `since` is when it opened, in UTC ms; `rooms` are those it has joined; `messages`, `joins` and
    `commands` are the limiter's; `clearing` is the deletion that the last "/clear" asked for;
    `closed` is called once, whatever ended the session. The session hands over one text at a time
    and waits where `receive` returns an awaitable, so that commands are handled strictly in order.
    """

    __slots__ = (
        "_bad", "_hurried", "clearing", "commands", "hub", "id", "identity", "joins", "messages",
        "open", "outlet", "participant", "place", "rooms", "send", "since",
    )  # fmt: skip

    def __init__(self, hub: Hub, outlet: Outlet) -> None:
        self.hub = hub
        self.outlet = outlet
        self.send = outlet.send
        self.id = f"c_{secrets.token_hex(8)}"
        self.place = sys.intern(place(outlet.address))
        self.open = True
        self.since = 0
        self.identity = NOBODY
        self.participant: Participant | None = None
        self.rooms: dict[str, Room] = {}
        self.messages: Bucket | None = None
        self.joins: Bucket | None = None
        self.commands: Bucket | None = None
        self.clearing: int | None = None
        self._bad: Strikes | None = None
        self._hurried: Strikes | None = None

    @property
    def known(self) -> Participant:
        """The participant, where `hello` has been said."""
        assert self.participant is not None
        return self.participant

    @property
    def person(self) -> Person:
        """The identity that others see, where `hello` has been said."""
        return self.known.person

    @property
    def invisible(self) -> bool:
        """Whether nobody is told of this connection: it belongs to the admin page."""
        return self.identity.session is not None

    def receive(self, text: str) -> Awaitable[None] | None:
        """Handle one frame of the peer; an awaitable says when the next one may come."""
        if not self.open:
            return None
        try:
            pending = commands.handle(self, decode_command(text))
        except Exception as error:
            self._refuse(error, text)
            return None
        return None if pending is None else self._finish(pending, text)

    def tell(self, event: Event) -> None:
        """Send one event to this client alone."""
        self.outlet.send(Frame([encode(event)]))

    def end(self, code: CloseCode, *, after: float | None = None) -> None:
        """Say goodbye with a reason and close the connection."""
        if self.open:
            self.tell(Bye(int(code), code.reason, code.reconnect, after))
            self.outlet.close(code, code.reason)

    def closed(self) -> None:
        """Let go of everything: the session has ended."""
        if self.open:
            self.open = False
            self.hub.disconnect(self)

    async def _finish(self, pending: Awaitable[None], text: str) -> None:
        try:
            await pending
        except Exception as error:
            self._refuse(error, text)

    def _refuse(self, error: Exception, text: str) -> None:
        if not isinstance(error, ChatError):
            log.error("a command failed", exc_info=error)
            error = Internal("something went wrong here; it has been noted")
        self.reject(error, correlation(text))

    def reject(self, error: ChatError, about: Correlation) -> None:
        """Answer a refusal, and end the connection where refusals have become too many."""
        self.hub.metrics.rejected(error.code)
        event = error_event(error, about)
        if isinstance(error, BannedHere):
            event.banned = error.sanction
        self.tell(event)
        if error.close_code is not None:
            self.end(error.close_code)
        elif error.code in BAD_CODES and self._strike_bad():
            self.end(CloseCode.BAD_PROTOCOL_USE)
        elif error.code == RateLimited.code and self._strike_hurried():
            self.end(CloseCode.RATE_LIMITED)

    def _strike_bad(self) -> bool:
        if self._bad is None:
            self._bad = Strikes(BAD_COMMANDS, BAD_COMMANDS_SECONDS, self.hub.clock)
        return self._bad.strike()

    def _strike_hurried(self) -> bool:
        if self._hurried is None:
            self._hurried = Strikes(REFUSED_FOR_RATE, REFUSED_FOR_RATE_SECONDS, self.hub.clock)
        return self._hurried.strike()
