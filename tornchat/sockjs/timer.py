"""The one timer of an endpoint: heartbeats, pong checks, expiry and stalls of all its sessions.

It knows nothing of sockets or HTTP; what it turns is anything that can be beaten or checked.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

_log = logging.getLogger("tornchat.sockjs")

_LONGEST_TICK = 1.0


class Beating(Protocol):
    """Something that needs a sign of life once per heartbeat."""

    slot: int

    def beat(self) -> None:
        """Send the heartbeat."""

    def overdue(self) -> None:
        """Look whether the heartbeat was answered; called `pong_timeout` after each `beat`."""


class Watched(Protocol):
    """Something with a deadline that is near."""

    def check(self, now: float) -> None:
        """Act if it is time; `now` is on the scale of `Timer.now`."""


class Timer:
    """A wheel of slots, one of which is served at each tick.

    Who is added is beaten one heartbeat later and then once per heartbeat, so 15,000 connections
    cost one timer and are spread over time. `watch` is for the few with a deadline: they are asked
    at every tick.

    `now` runs with the given monotonic clock, but stands still while the process does not run
    (stopped, swapped, suspended): no peer is charged for silence that nobody listened to.
    """

    def __init__(
        self,
        heartbeat: float,
        pong_timeout: float,
        shortest: float,
        clock: Callable[[], float],
    ) -> None:
        self.now = 0.0
        self.tick = min(_LONGEST_TICK, heartbeat / 8, pong_timeout / 4, shortest / 4)
        self._clock = clock
        self._read = clock()
        self._turn = 0
        count = max(2, round(heartbeat / self.tick))
        self._slots: list[set[Beating]] = [set() for _ in range(count)]
        self._pong_turns = min(count - 1, round(pong_timeout / self.tick))
        self._watched: set[Watched] = set()
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start turning on the running loop."""
        if self._handle is None:
            self._read = self._clock()
            self._schedule()

    def stop(self) -> None:
        """Stop turning; nothing is left on the loop."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def add(self, beating: Beating) -> None:
        """Have `beating` beaten from one heartbeat on."""
        beating.slot = self._turn % len(self._slots)
        self._slots[beating.slot].add(beating)

    def remove(self, beating: Beating) -> None:
        """Forget it; harmless where it was never added."""
        self._slots[beating.slot].discard(beating)

    def beating(self) -> list[Beating]:
        """Return all that are beaten."""
        return [beating for slot in self._slots for beating in slot]

    def watch(self, watched: Watched) -> None:
        """Have `watched` checked at every tick."""
        self._watched.add(watched)

    def unwatch(self, watched: Watched) -> None:
        """Check it no longer."""
        self._watched.discard(watched)

    def turn(self) -> None:
        """Serve one tick. The loop calls this; tests may, with a clock of theirs."""
        read = self._clock()
        self.now += min(read - self._read, 2 * self.tick)
        self._read = read
        self._turn += 1
        for beating in tuple(self._slots[self._turn % len(self._slots)]):
            _guarded(beating.beat)
        for beating in tuple(self._slots[(self._turn - self._pong_turns) % len(self._slots)]):
            _guarded(beating.overdue)
        for watched in tuple(self._watched):
            _guarded(watched.check, self.now)

    def _schedule(self) -> None:
        self._handle = asyncio.get_running_loop().call_later(self.tick, self._on_time)

    def _on_time(self) -> None:
        self._schedule()
        self.turn()


def _guarded(function: Callable[..., None], *args: float) -> None:
    """Keep the fault of one session from the others and from the timer."""
    try:
        function(*args)
    except Exception:
        _log.exception("a session failed at its heartbeat")
