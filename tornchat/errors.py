"""Everything that can go wrong, and every way a connection can end, with its code.

    TornchatError
    ├── ChatError                  answered as `error` frame or HTTP error; the connection stays
    │   ├── BadJson  BadRequest  UnknownType  TooLarge  TooMany  RateLimited
    │   ├── Unauthorized  Forbidden  NotFound  Conflict  Gone
    │   ├── Overloaded  StorageUnavailable  StorageFull  ReadOnly
    │   └── Internal
    └── StartError                 the process cannot start; carries its exit code
        ├── ConfigError  (2)
        ├── StorageRefused  (3)
        └── ListenError  (1)

Lower layers raise these; only `web` and `sockjs` translate them for their peers.
This module knows nothing of sockets, rooms or files.
"""

from enum import IntEnum
from typing import ClassVar


class CloseCode(IntEnum):
    """Why the server ends a connection (PROTOCOL, close codes).

    4000–4499 ask the client to come back with jittered back-off; 4500 and above are final.
    """

    SHUTDOWN = 4000
    SLOW = 4001
    TOKEN_EXPIRED = 4002
    RESYNC = 4003
    RATE_LIMITED = 4004
    NO_PONG = 4005
    NO_HELLO = 4006
    CONNECTION_LIMIT = 4007
    BAD_PROTOCOL_USE = 4500
    INVALID_SITE_TOKEN = 4501
    KEY_REVOKED = 4502
    BANNED = 4505
    ORIGIN_REFUSED = 4506

    @property
    def reconnect(self) -> bool:
        """Whether the client should come back by itself."""
        return self < 4500

    @property
    def reason(self) -> str:
        """The text that travels in the close frame: ASCII, ≤ 123 bytes (RFC 6455 §5.5)."""
        return _REASONS[self]


_REASONS = {
    CloseCode.SHUTDOWN: "server is shutting down",
    CloseCode.SLOW: "too slow in reading",
    CloseCode.TOKEN_EXPIRED: "token expired",
    CloseCode.RESYNC: "out of step, join again",
    CloseCode.RATE_LIMITED: "too many commands",
    CloseCode.NO_PONG: "no answer to a ping",
    CloseCode.NO_HELLO: "no hello in time",
    CloseCode.CONNECTION_LIMIT: "too many connections",
    CloseCode.BAD_PROTOCOL_USE: "bad use of the protocol",
    CloseCode.INVALID_SITE_TOKEN: "invalid token",
    CloseCode.KEY_REVOKED: "key revoked",
    CloseCode.BANNED: "banned",
    CloseCode.ORIGIN_REFUSED: "origin refused",
}


class TornchatError(Exception):
    """Root of all errors that tornchat raises on purpose."""


class ChatError(TornchatError):
    """A refusal that the peer is told about and survives.

    `message` says what was expected and what came, in words for the peer; `retry_after` is in
    seconds; `close_code` is set where the connection must end after the answer.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    close_code: ClassVar[CloseCode | None] = None

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class BadJson(ChatError):
    code, http_status = "bad_json", 400


class BadRequest(ChatError):
    code, http_status = "bad_request", 400


class UnknownType(ChatError):
    code, http_status = "unknown_type", 400


class TooLarge(ChatError):
    code, http_status = "too_large", 413


class TooMany(ChatError):
    code, http_status = "too_many", 429


class RateLimited(ChatError):
    code, http_status, retryable = "rate_limited", 429, True


class Unauthorized(ChatError):
    code, http_status = "unauthorized", 401


class Forbidden(ChatError):
    code, http_status = "forbidden", 403


class NotFound(ChatError):
    code, http_status = "not_found", 404


class Conflict(ChatError):
    code, http_status = "conflict", 409


class Gone(ChatError):
    code, http_status = "gone", 410


class Overloaded(ChatError):
    code, http_status, retryable = "overloaded", 503, True


class StorageUnavailable(ChatError):
    code, http_status, retryable = "storage_unavailable", 503, True


class StorageFull(ChatError):
    code, http_status, retryable = "storage_full", 507, True


class ReadOnly(ChatError):
    code, http_status = "read_only", 403


class Internal(ChatError):
    code, http_status, retryable = "internal", 500, True


class StartError(TornchatError):
    """The process cannot start: one clear line for the operator, and an exit code."""

    exit_code: ClassVar[int] = 1


class ConfigError(StartError):
    exit_code = 2


class StorageRefused(StartError):
    exit_code = 3


class ListenError(StartError):
    exit_code = 1
