"""Something that is done again and again on the loop, until it is stopped."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Periodic:
    """Calls `work` every `seconds`, measured from the end of one call to the start of the next.

    An error is logged and the next call comes all the same. `lag` is how late the newest call was,
    in seconds: what held the loop meanwhile.
    """

    def __init__(self, seconds: float, work: Callable[[], Awaitable[None] | None]) -> None:
        self._seconds = seconds
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self.lag = 0.0

    def start(self) -> None:
        """Begin; the first call comes after one interval."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Call no more, and wait until a call under way has ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._seconds
            await asyncio.sleep(self._seconds)
            self.lag = max(0.0, loop.time() - due)
            try:
                pending = self._work()
                if pending is not None:
                    await pending
            except Exception:
                log.exception("periodic work failed")
