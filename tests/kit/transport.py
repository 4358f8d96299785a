"""What all five transports have in common: the interface, and SockJS frames."""

import asyncio
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from tests.kit.wire import PATIENCE, Closed, Wire


@dataclass(frozen=True, slots=True)
class Address:
    """Where a SockJS endpoint is; `server.at` and `proxy.at` give theirs."""

    host: str
    port: int
    prefix: str = "/sockjs"


class Transport(ABC):
    """A client's end of one SockJS conversation.

    `open` raises OSError (OpenFailed with the status where the server said no) or TimeoutError;
    `send` and `receive` raise Closed. One task may receive while another sends; a cancelled
    `receive` may have lost bytes, so cancel it only to end the conversation.

    headers: sent with each request. receive_buffer: bytes the kernel may hold for us, for clients
    that stop reading. source: our address, such as 127.0.0.2.
    """

    name: ClassVar[str]

    def __init__(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        receive_buffer: int = 0,
        source: str = "",
        patience: float = PATIENCE,
    ) -> None:
        self.headers = dict(headers or {})
        self.patience = patience
        self.heartbeats = 0
        self._wire_options: dict[str, Any] = {"receive_buffer": receive_buffer, "source": source}
        self._reading = asyncio.Event()
        self._reading.set()

    async def open(self, host: str, port: int, prefix: str = "/sockjs") -> None:
        """Connect and wait until the server has opened the session."""
        try:
            async with asyncio.timeout(self.patience):
                await self._open(host, port, prefix)
        except (EOFError, ValueError) as error:
            self.abort()
            raise ConnectionResetError(f"no answer to make sense of: {error}") from error
        except BaseException:
            self.abort()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def heard(self) -> float:
        """When the server was last heard, be it a heartbeat (time.monotonic)."""
        return max((wire.heard for wire in self._wires()), default=0.0)

    def pause(self) -> None:
        """Stop reading, without closing anything: to the server, a peer that went mute.

        Sending stays possible.
        """
        self._reading.clear()
        for wire in self._downward():
            wire.pause()

    def resume(self) -> None:
        """Read again."""
        self._reading.set()
        for wire in self._downward():
            wire.resume()

    def abort(self) -> None:
        """Reset all connections; whoever waits in `receive` gets Closed(1006)."""
        for wire in self._wires():
            wire.abort()
        self._reading.set()

    async def close(self) -> None:
        """End the conversation in the ordinary way of this transport."""
        self._reading.set()
        for wire in self._wires():
            await wire.close()

    @abstractmethod
    async def send(self, texts: list[str]) -> None:
        """Send messages, all in one frame or request where the transport can."""

    @abstractmethod
    async def receive(self) -> list[str]:
        """Return the messages of the next frame that holds any."""

    @abstractmethod
    async def _open(self, host: str, port: int, prefix: str) -> None: ...

    @abstractmethod
    def _wires(self) -> list[Wire]: ...

    def _downward(self) -> list[Wire]:
        """Return the connections by which messages come."""
        return self._wires()

    def _unwrap(self, frame: str) -> list[str]:
        """Return the messages in a SockJS frame."""
        if frame.startswith("a"):
            return [str(text) for text in json.loads(frame[1:])]
        if frame.startswith("c"):
            code, reason = json.loads(frame[1:])
            raise Closed(code, reason, said=True)
        if frame.startswith("h"):
            self.heartbeats += 1
            return []
        raise Closed(1006, f"expected a SockJS frame, got {frame[:40]!r}")


def session_path(prefix: str, session: str = "") -> str:
    """Return the address of a new session (SockJS protocol, "Server and session")."""
    return f"{prefix}/{secrets.randbelow(1000):03d}/{session or secrets.token_hex(8)}"


def expect_open(frame: str) -> None:
    """Check that a session begins as it must. Raises OSError, or Closed if it ends at once."""
    if frame.startswith("c"):
        code, reason = json.loads(frame[1:])
        raise Closed(code, reason, said=True)
    if frame != "o":
        raise ConnectionError(f"expected the open frame, got {frame[:40]!r}")
