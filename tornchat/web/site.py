"""What the handlers of one site share; it does nothing itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tornchat.config import Config
from tornchat.web.metrics import Metrics
from tornchat.web.static import StaticFiles
from tornchat.web.templates import Templates


class RoomInfo(Protocol):
    """What a page says of a room."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def access(self) -> str: ...


class RoomSummary(RoomInfo, Protocol):
    """A room as the lobby shows it. `last_time`: UTC ms of the newest entry, 0 for none."""

    @property
    def count(self) -> int: ...
    @property
    def last_time(self) -> int: ...


class Rooms(Protocol):
    """The part of the hub that pages look at."""

    def summaries(self) -> Sequence[RoomSummary]:
        """List the rooms that everybody may see, by title."""

    def record(self, name: str) -> RoomInfo | None:
        """Return what is known of a room."""


@dataclass(slots=True)
class Site:
    """Everything that a handler may use, in the application's setting `site`.

    `config` is replaced when the configuration is read again.

    `ready` returns why new people had better go elsewhere, in words for the operator; nothing when
    all is well.
    """

    config: Config
    hub: Rooms
    metrics: Metrics
    templates: Templates
    static: StaticFiles
    ready: Callable[[], Sequence[str]]
