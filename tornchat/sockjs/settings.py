"""What the SockJS endpoint can be told, and the default rule for origins.

It knows nothing of the configuration file; `app` translates.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

KIB = 1024


def same_origin(origin: str | None, host: str) -> bool:
    """Allow a page whose host and port are those it asks for, and peers that name no origin.

    The default of `SockJSSettings.origin_allowed`. `null` (sandboxed frames, files) is refused.
    """
    if origin is None:
        return True
    try:
        scheme, netloc = urlsplit(origin)[:2]
    except ValueError:
        return False
    return (
        scheme in ("http", "https")
        and origin.lower() == f"{scheme}://{netloc}".lower()
        and netloc.lower() == host.lower()
    )


def admit_all(_address: str) -> bool:
    """Set no limit to the sessions of an address."""
    return True


@dataclass(frozen=True, slots=True)
class SockJSSettings:
    """Settings of one endpoint; durations in seconds, sizes in bytes.

    `origin_allowed(origin, host)` is asked at every request, WebSocket handshakes and preflights
    included; `origin` is the header as sent, None where there is none. `admit(address)` is asked
    before a session is made; a refusal is answered 429. A peer that takes nothing for
    `stall_timeout` is dropped with 4001; it is looked at once per tick of at most a second, and
    progress is seen as late, so the default drops it within 10 s of the last byte.
    """

    heartbeat: float = 25.0
    pong_timeout: float = 10.0
    close_timeout: float = 5.0
    disconnect_delay: float = 5.0
    stall_timeout: float = 8.0
    response_limit: int = 128 * KIB
    message_size: int = 64 * KIB
    messages_per_body: int = 50
    outbound_buffer: int = 1024 * KIB
    polling_buffer: int = 256 * KIB
    websocket: bool = True
    origin_allowed: Callable[[str | None, str], bool] = same_origin
    admit: Callable[[str], bool] = admit_all
    clock: Callable[[], float] = time.monotonic
