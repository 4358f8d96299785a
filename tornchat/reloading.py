"""The configuration, read again while the server runs.

It knows neither where a configuration comes from nor what a change of it does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tornchat.config import Config, changes
from tornchat.errors import TornchatError

log = logging.getLogger(__name__)


class Reloader:
    """Reads the configuration again when asked to, and has applied what can be.

    `read` returns it as it is written now. `apply` lets one hold, of which everything that needs a
    restart is as before; it raises before it changes anything, or may be called again with the
    same. What goes wrong is one line in the log, and `config` stays the one that was in force.

    Life: `start`, `ask` as often as one likes (also before the start), `stop`.
    """

    def __init__(
        self,
        config: Config,
        read: Callable[[], Config],
        apply: Callable[[Config], Awaitable[None]],
    ) -> None:
        self.config = config
        self._read = read
        self._apply = apply
        self._asked = asyncio.Event()
        self._one_by_one = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Answer to `ask` from now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Read no more; what is being applied is given up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def ask(self) -> None:
        """Have the configuration read again, once for all who ask meanwhile."""
        self._asked.set()

    async def reload(self) -> None:
        """Read the configuration again, and apply it; what is wrong with it is in the log."""
        try:
            await self.take()
        except TornchatError as error:
            log.error("the configuration stays as it was: %s", error)

    async def take(self) -> None:
        """Do the same, and raise the TornchatError of what is wrong."""
        async with self._one_by_one:
            found = changes(self.config, self._read())
            await self._apply(found.config)
            self.config = found.config
        log.info("configuration read again: %s", ", ".join(found.applied) or "nothing new")
        if found.restart:
            log.warning("only a restart will change %s", ", ".join(found.restart))

    async def _run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                await self.reload()
            except Exception:
                log.exception("the configuration could not be applied")
