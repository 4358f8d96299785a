"""What the live rooms need of the world: a way out for each client, and counters.

`sockjs` and `web` fit these shapes without being imported here.
"""

from typing import Protocol

from tornchat.frames import Frame


class Outlet(Protocol):
    """The sending side of one connection; none of its methods raises or blocks."""

    transport: str
    outbound_limit: int
    """Bytes that may wait for this peer before it counts as slow."""

    def send(self, frame: Frame) -> None:
        """Send, or keep for later within the limit; a closed outlet ignores it."""

    def close(self, code: int, reason: str) -> None:
        """End the connection with a code of PROTOCOL."""


class Metrics(Protocol):
    """Counters that the live rooms raise; plain attributes, since they are on the hot path."""

    joins: int
    messages: int
    deliveries: int

    def recovered(self, result: str) -> None:
        """Count a join with a position: "recovered", "more" or "unrecoverable"."""

    def rejected(self, reason: str) -> None:
        """Count a refused command by its error code."""

    def delay(self, seconds: float) -> None:
        """Note the time between the receipt of a message and the start of its delivery."""

    def committed(self, size: int, seconds: float) -> None:
        """Note a group: entries in it, and how long it took to be on disk."""
