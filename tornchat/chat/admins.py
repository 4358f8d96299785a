"""The connections of those who are signed in to the admin page: who hears of what.

They look on without being seen: `Client.invisible`. It knows nothing of what there is to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from tornchat.frames import Frame
from tornchat.protocol import AdminEvent, encode

if TYPE_CHECKING:
    from tornchat.chat.client import Client


class Admins:
    """The clients whose identity has a session.

    `may_moderate(client, room)` says who hears of what is about a room.
    """

    def __init__(self, may_moderate: Callable[[Client, str], bool]) -> None:
        self._may_moderate = may_moderate
        self._clients: set[Client] = set()

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, client: Client) -> None:
        """Count a connection in."""
        self._clients.add(client)

    def discard(self, client: Client) -> None:
        """Count a connection out, if it was one."""
        self._clients.discard(client)

    def of_session(self, session: str) -> list[Client]:
        """Return the connections of one browser that is signed in."""
        return [client for client in self._clients if client.identity.session == session]

    def tell(self, event: AdminEvent, rooms: Collection[str] | None) -> None:
        """Tell those who may hear of it: see `Changes.tell_admins`."""
        if self._clients:
            frame = Frame([encode(event)])
            for client in list(self._clients):
                if self._concerns(client, rooms):
                    client.send(frame)

    def _concerns(self, client: Client, rooms: Collection[str] | None) -> bool:
        if client.identity.permits is None:
            return True
        return rooms is not None and any(self._may_moderate(client, room) for room in rooms)
