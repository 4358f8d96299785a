"""The event loop of the server: asyncio's, with a bound on what one turn of it takes on.

It knows nothing of what the events are about.
"""

import asyncio
import math
import selectors
import sys
import time
from collections.abc import Callable
from typing import Final

MAX_EVENTS: Final = 256
"""Ready files that one turn serves; the others come in the next ones."""


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a loop whose turns stay short however many peers do something at the same moment."""
    return _BoundedLoop() if sys.platform == "linux" else asyncio.new_event_loop()


def watch_turns(loop: asyncio.AbstractEventLoop, told: Callable[[float], None]) -> None:
    """Have `told` called after each turn of such a loop with the seconds for which it was held."""
    if sys.platform == "linux" and isinstance(loop, _BoundedLoop):
        loop.bounded.told = told


if sys.platform == "linux":
    import select

    class _BoundedLoop(asyncio.SelectorEventLoop):
        def __init__(self) -> None:
            self.bounded = _BoundedSelector()
            super().__init__(self.bounded)

    class _BoundedSelector(selectors.EpollSelector):
        """Asks the kernel for a bounded number of events.

        The standard library's asks for all of them, so that 15,000 peers who hang up together
        made one turn of a quarter of a second. The kernel puts what it has told to the end of its
        list, so nobody starves.
        """

        _selector: select.epoll

        def __init__(self) -> None:
            super().__init__()
            self.told: Callable[[float], None] = lambda seconds: None
            self._woken = time.perf_counter()

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """Wait for events, at most `timeout` seconds (None: for ever)."""
            self.told(time.perf_counter() - self._woken)
            seconds = -1.0
            if timeout is not None:  # the kernel counts in ms; rounded up, or the loop would spin
                seconds = math.ceil(max(0.0, timeout) * 1000) / 1000
            events = self._selector.poll(seconds, MAX_EVENTS)
            self._woken = time.perf_counter()
            keys = self.get_map()
            found = []
            for file, event in events:
                key = keys.get(file)
                if key is not None:
                    found.append((key, key.events & _wanted(event)))
            return found

    def _wanted(event: int) -> int:
        """Return who is to be woken: an error or a hang-up is for readers and writers alike."""
        readable = selectors.EVENT_READ if event & ~select.EPOLLOUT else 0
        writable = selectors.EVENT_WRITE if event & ~select.EPOLLIN else 0
        return readable | writable
