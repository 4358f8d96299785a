"""What the handlers of one site share; it does nothing itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tornchat.access.identity import Identity
from tornchat.admin.actor import Actor
from tornchat.admin.signin import SignIn
from tornchat.admin.verbs import Verb
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


class RoomState(RoomInfo, Protocol):
    """A room as its record knows it. `last`: its newest seq; `archived`: UTC ms, or None;
    `pattern`: that of the section which it was made from on demand."""

    @property
    def last(self) -> int: ...
    @property
    def last_time(self) -> int: ...
    @property
    def archived(self) -> int | None: ...
    @property
    def pattern(self) -> str | None: ...
    @property
    def sites(self) -> tuple[str, ...]: ...
    @property
    def origins(self) -> tuple[str, ...]: ...


class Rooms(Protocol):
    """The part of the hub that pages and the API look at."""

    def summaries(self) -> Sequence[RoomSummary]:
        """List the rooms that everybody may see, by title."""

    def records(self) -> Sequence[RoomState]:
        """List all rooms, private and archived ones too: who may see one is for `Access` to say."""

    def origins(self) -> frozenset[str]:
        """Return every origin whose pages may show one of the rooms."""

    def record(self, name: str) -> RoomState | None:
        """Return what is known of a room."""

    def present(self, name: str) -> int:
        """Return how many people are in a room now."""


class Access(Protocol):
    """Who asks, and what they may do: every route of the API asks this, and nothing else.

    `place` is what limits count by: an IPv4 address or an IPv6 /64.
    """

    def banned(self, place: str) -> bool:
        """Return whether nobody from there is served."""

    def check(self, place: str, bearer: str | None) -> None:
        """Raise RateLimited while a place that guessed has to wait, or asks too often."""

    async def identify(self, bearer: str, place: str) -> Identity:
        """Return whose token that is. Raises Unauthorized; a wrong one counts as a guess."""

    def grants(self, identity: Identity, name: str) -> frozenset[str]:
        """Return what an identity may do in a room; nothing where there is none.

        A room that it may not read costs the same work as one that does not exist.
        """

    def permitted(self, identity: Identity, name: str) -> frozenset[str]:
        """Return what the token itself permits for a name, whether there is such a room or not."""

    def missed(self, place: str, name: str) -> None:
        """Count a name of a room that is not there, or not for who asks, as a guess."""


class Office(Protocol):
    """Where every change goes through, and what else is for those in charge (`admin.office`).

    Arguments are checked there; ChatError says what is wrong. Results are dataclasses that become
    JSON as they are (`admin.described`).
    """

    @property
    def verbs(self) -> Mapping[str, Verb]:
        """What can be asked for, by name."""

    async def perform(self, actor: Actor, verb: str, args: Mapping[str, Any]) -> Any:
        """Carry out a verb and return its answer."""

    def may(self, actor: Actor, verb: str, room: str | None = None) -> bool:
        """Return whether a page should offer a verb, about a room where it is about one."""


@dataclass(slots=True)
class Site:
    """Everything that a handler may use, in the application's setting `site`.

    `config` is replaced when the configuration is read again.

    `ready` returns why new people had better go elsewhere, in words for the operator; nothing when
    all is well.
    """

    config: Config
    hub: Rooms
    access: Access
    office: Office
    sign_in: SignIn
    metrics: Metrics
    templates: Templates
    static: StaticFiles
    ready: Callable[[], Sequence[str]]
