"""Looks at a server that runs, keeps what it sees, and tells those who have the admin page open.

It knows nothing of how figures become pages.
"""

import time
from pathlib import Path
from typing import Protocol

import msgspec

from tornchat.admin.errorlog import ErrorLog
from tornchat.admin.figures import LOOK_SECONDS, FigureVerbs, Sampler
from tornchat.periodic import Periodic
from tornchat.protocol import AdminEvent
from tornchat.web.admin.dashboard import texts
from tornchat.web.metrics import Metrics


class Listeners(Protocol):
    """Those who have the admin page open: the hub."""

    @property
    def watched(self) -> bool:
        """Whether there is anybody."""

    def tell_admins(self, event: AdminEvent) -> None:
        """Tell those who are in charge of the whole server."""


class Watch:
    """The figures of a server, and its newest errors; `verbs` is the section that shows them.

    Life: `listen` to the log, again after each change of its handlers; `start`, when counting has
    begun; `stop`.
    """

    def __init__(self, metrics: Metrics, database: Path) -> None:
        self._errors = ErrorLog()
        self._sampler = Sampler(metrics, database, clock=time.time, monotonic=time.monotonic)
        self.verbs = FigureVerbs(self._sampler, self._errors)
        self.late = self._sampler.late

    def listen(self) -> None:
        """Hear of errors from now on."""
        self._errors.start()

    def start(self, listeners: Listeners) -> None:
        """Begin to look, and to tell."""
        self._listeners = listeners
        self._periodic = Periodic(LOOK_SECONDS, self._look)
        self._periodic.start()

    async def stop(self) -> None:
        """Look and listen no more."""
        await self._periodic.stop()
        self.deafen()

    def deafen(self) -> None:
        """Hear of no more errors."""
        self._errors.stop()

    def _look(self) -> None:
        fresh = self._sampler.look()
        if not self._listeners.watched:
            return
        data = msgspec.Raw(msgspec.json.encode({"values": texts(self._sampler.now)}))
        self._listeners.tell_admins(AdminEvent("figures", data=data))
        if fresh:
            self._listeners.tell_admins(AdminEvent("charts"))
