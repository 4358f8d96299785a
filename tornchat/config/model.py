"""The configuration as values: what the rest of the program reads, and nothing else.

Every field is one key of tornchat.conf; `tornchat.config.keys` says what each means. It knows
nothing of files or text.
"""

from dataclasses import dataclass
from pathlib import Path

from tornchat.config.keyfiles import KeyFile
from tornchat.config.kinds import Address, Network


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """`[server]`. `base_url` is empty when not set, and never ends with a slash."""

    listen: Address
    base_url: str
    data_dir: Path
    origins: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    tls_cert: Path | None
    tls_key: Path | None
    secret_key_file: Path
    log_level: str
    log_format: str
    security_contact: str

    @property
    def https(self) -> bool:
        """Whether people reach this server by https: its own, or that of a proxy."""
        return self.base_url.startswith("https://") or self.tls_cert is not None


@dataclass(frozen=True, slots=True)
class RoomsConfig:
    """`[rooms]`. A `history_age` (seconds) or `history_messages` of 0 keeps everything.

    A `seen_age` (seconds) of 0 keeps nothing.
    """

    default_access: str
    allow_guests: bool
    history_age: int
    history_messages: int
    seen_age: int
    recovery_limit: int
    member_list_limit: int
    presence_grace: float
    tail_memory: int


@dataclass(frozen=True, slots=True)
class LimitsConfig:
    """`[limits]`. 0 means no limit, which sizes and buffers never are."""

    message_size: int
    text_length: int
    messages_per_second: float
    burst: int
    messages_per_person: float
    messages_per_room: float
    messages_per_ip: float
    commands_per_second: float
    joins_per_second: float
    joins_per_ip: float
    connects_per_ip: float
    connections: int
    connections_per_ip: int
    connections_per_person: int
    rooms_per_connection: int
    outbound_buffer: int
    polling_buffer: int


@dataclass(frozen=True, slots=True)
class RoomConfig:
    """`[room NAME]`: a room to create when it does not exist yet.

    A `history_age` or `history_messages` of None is that of `[rooms]`, also when that changes.
    `sites` are names of `[site NAME]` sections. Pages of `origins` may show it in a frame.
    """

    name: str
    title: str
    topic: str
    access: str
    guests: bool
    history_age: int | None
    history_messages: int | None
    sites: tuple[str, ...]
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatternConfig(RoomConfig):
    """`[room support-*]`: rooms to create when somebody is let in; `name` is the pattern.

    A `title` of "" is the name of the room that is made. `archive_after` is in seconds, 0 is never.
    """

    archive_after: int


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """`[site NAME]`: a site whose back end says who its visitors are.

    `rooms`: names or patterns, `("*",)` for all.
    """

    name: str
    key_file: tuple[KeyFile, ...]
    origins: tuple[str, ...]
    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdminConfig:
    """`[admin]`. Durations are in seconds."""

    session_idle: int
    session_age: int
    password_file: Path | None


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """`[metrics]`. Without `listen`, /metrics answers loopback peers on the main listener."""

    listen: Address | None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be set, checked and complete."""

    server: ServerConfig
    rooms: RoomsConfig
    limits: LimitsConfig
    admin: AdminConfig
    metrics: MetricsConfig
    room: tuple[RoomConfig, ...]
    room_patterns: tuple[PatternConfig, ...]
    site: tuple[SiteConfig, ...]

    @property
    def origins(self) -> tuple[str, ...]:
        """Every other origin whose pages may connect: the server's list and those of its sites."""
        return (*self.server.origins, *(o for site in self.site for o in site.origins))
