"""A backup to take along: made in a thread while everything goes on, kept for ten minutes.

It knows nothing of how it is downloaded.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tornchat.admin.verbs import verb
from tornchat.errors import Conflict, StorageRefused
from tornchat.store import Store

log = logging.getLogger(__name__)

NAME: Final = "backup.download"
KEPT_SECONDS: Final = 600.0
TELL_PARTS: Final = 50
"""How often, at most, somebody hears of how far a step of the work is."""


@dataclass(frozen=True, slots=True)
class BackupState:
    """What became of the backup.

    `step` and `part` (0 to 1) say how far the work is; `error` why it failed. `path`, `size` and
    `made` (UTC ms) are of the file that is ready.
    """

    state: Literal["none", "working", "ready", "failed"]
    step: str = ""
    part: float = 0.0
    error: str = ""
    path: str = ""
    size: int = 0
    made: int = 0


class BackupVerbs:
    """Makes one backup at a time.

    `told` is called in the loop whenever the state has changed. Life: `start` removes what an end
    without a stop has left; `stop` gives work under way up, and removes the file.
    """

    def __init__(
        self, store: Store, folder: Path, *, told: Callable[[], None], clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._path = folder / NAME
        self._told = told
        self._clock = clock
        self._state = BackupState("none")
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin with nothing."""
        self._remove()

    async def stop(self) -> None:
        """Leave nothing behind."""
        self._stopping = True
        if self._task is not None:
            await asyncio.wait([self._task])
        self._remove()

    @verb(reads=True)
    async def backup(self) -> BackupState:
        """Say how far the backup is, or where it is."""
        return self._state

    @verb()
    async def make_backup(self) -> BackupState:
        """Begin to make one; an earlier one goes. Raises Conflict while one is being made."""
        if self._task is not None:
            raise Conflict("a backup is being made already")
        self._remove()
        self._set(BackupState("working", "copying"))
        self._task = asyncio.create_task(self._make())
        return self._state

    async def _make(self) -> None:
        loop = asyncio.get_running_loop()
        last = ("", -1)

        def tell(step: str, part: float) -> None:
            """Pass on how far it is (called in the thread)."""
            nonlocal last
            if self._stopping:
                raise StorageRefused("the server is stopping")
            if last != (step, int(part * TELL_PARTS)):
                last = (step, int(part * TELL_PARTS))
                loop.call_soon_threadsafe(self._set, BackupState("working", step, part))

        try:
            await asyncio.to_thread(self._store.backup, self._path, tell)
            size = (await asyncio.to_thread(self._path.stat)).st_size
        except (StorageRefused, OSError) as error:
            log.error("the backup failed: %s", error)
            self._set(BackupState("failed", error=str(error)))
        except Exception:
            log.exception("the backup failed")
            self._set(BackupState("failed", error="the server failed; its log says how"))
        else:
            made = int(self._clock() * 1000)
            self._set(BackupState("ready", path=str(self._path), size=size, made=made))
            self._timer = loop.call_later(KEPT_SECONDS, self._expire)
        finally:
            self._task = None

    def _set(self, state: BackupState) -> None:
        self._state = state
        self._told()

    def _expire(self) -> None:
        self._remove()
        self._told()

    def _remove(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with suppress(FileNotFoundError):
            self._path.unlink()
        self._state = BackupState("none")
