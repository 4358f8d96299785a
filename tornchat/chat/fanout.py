"""The way out of a room: one delivery after the other, to everybody, in slices.

Knows neither what a frame says nor how a receiver sends it.
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from tornchat.chat.slices import SLICE_SECONDS
from tornchat.frames import Frame

CHECK_EVERY = 256
"""Receivers between two looks at the clock: about 2 ms of sends."""


class Receiver(Protocol):
    """The way out to one subscriber."""

    def send(self, frame: Frame) -> None:
        """Take a frame; never raise, never block."""


class Subscriber(Protocol):
    """Whoever is subscribed; what is sent goes to its `outlet`."""

    @property
    def outlet(self) -> Receiver: ...


SendAll = Callable[[Sequence[Any], Frame], None]
"""Sends one frame to many receivers. Injected, because a loop that knows how its receivers write
saves a call for each: a fifth of what a delivery costs."""


def send_each(receivers: Sequence[Receiver], frame: Frame) -> None:
    """Send to receivers of which nothing more is known."""
    for receiver in receivers:
        receiver.send(frame)


class Delivery:
    """A frame for the subscribers of a room.

    `own`: subscribers with a frame of their own instead (the senders, who get their
    acknowledgements with the entries); they are served first. `without`: who gets nothing.
    Subclasses may make up their mind in `begin`, when their turn has come.
    """

    __slots__ = ("frame", "own", "without")

    def __init__(self, frame: Frame | None, *, without: Collection[Subscriber] = ()) -> None:
        self.frame = frame
        self.own: Sequence[tuple[Subscriber, Frame]] = ()
        self.without = without

    def begin(self) -> None:
        """Get ready, right before the first frame leaves.

        What this changes is seen by everybody who subscribes later and by nobody who subscribed
        before.
        """

    def done(self, receivers: int) -> None:
        """Learn that the last frame has left; nothing may be pushed from here."""


class FanOut:
    """Hands deliveries to subscribers (each with its outlet), one in full before the next.

    A room with few subscribers is served at once, inside `push`. When a delivery takes longer than
    a slice, the rest goes on in a later turn of the loop (`call_soon`), and everything pushed
    meanwhile waits behind it, so that the order per room is the order of `push` for everybody.
    Whoever subscribes while a delivery is under way gets it only by replay; whoever unsubscribes
    must be named to `forget`.
    """

    __slots__ = ("_call_soon", "_gone", "_queue", "_rest", "_send_all", "_subscribers")

    def __init__(
        self,
        subscribers: Mapping[Any, Receiver],
        call_soon: Callable[[Callable[[], None]], object],
        send_all: SendAll = send_each,
    ) -> None:
        self._subscribers = subscribers
        self._call_soon = call_soon
        self._send_all = send_all
        self._queue: deque[Delivery] = deque()
        self._rest: list[Receiver] = []
        self._gone: set[Receiver] = set()

    @property
    def waiting(self) -> Delivery | None:
        """The delivery that was pushed last, if its turn has not come."""
        return self._queue[-1] if len(self._queue) > 1 else None

    @property
    def busy(self) -> bool:
        """Whether something is still on its way."""
        return bool(self._queue)

    def push(self, delivery: Delivery) -> None:
        """Deliver after everything that was pushed before."""
        self._queue.append(delivery)
        if len(self._queue) == 1:
            self._start(time.perf_counter() + SLICE_SECONDS)

    def forget(self, subscriber: Subscriber) -> None:
        """Send nothing more of the delivery under way to somebody who unsubscribed."""
        if self._queue:
            self._gone.add(subscriber.outlet)

    def _start(self, deadline: float) -> None:
        while self._queue:
            self._begin(self._queue[0])
            if not self._send_until(deadline):
                self._call_soon(self._resume)
                return

    def _resume(self) -> None:
        deadline = time.perf_counter() + SLICE_SECONDS
        if self._send_until(deadline):
            self._start(deadline)
        else:
            self._call_soon(self._resume)

    def _begin(self, delivery: Delivery) -> None:
        delivery.begin()
        served = {subscriber.outlet for subscriber in delivery.without}
        for subscriber, frame in delivery.own:
            subscriber.outlet.send(frame)
            served.add(subscriber.outlet)
        receivers = self._subscribers.values() if delivery.frame is not None else ()
        self._rest = [each for each in receivers if each not in served]

    def _send_until(self, deadline: float) -> bool:
        """Serve the delivery under way; return False when the slice is over first."""
        delivery = self._queue[0]
        frame, rest, gone = delivery.frame, self._rest, self._gone
        while rest and frame is not None:
            turn, self._rest = rest[:CHECK_EVERY], rest[CHECK_EVERY:]
            rest = self._rest
            self._send_all([r for r in turn if r not in gone] if gone else turn, frame)
            if rest and time.perf_counter() > deadline:
                return False
        self._queue.popleft()
        gone.clear()
        delivery.done(len(self._subscribers))
        return True
