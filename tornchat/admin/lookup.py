"""What several sections look up or put together; it changes nothing."""

from collections.abc import Callable
from typing import Any

from tornchat.admin import arguments
from tornchat.chat.ports import Live
from tornchat.errors import NotFound
from tornchat.store import RoomRecord

Clock = Callable[[], float]
"""UTC seconds."""


def known(live: Live, name: Any) -> RoomRecord:
    """Return a room. Raises BadRequest for what is no name of one, NotFound."""
    record = live.record(arguments.room_name(name))
    if record is None:
        raise NotFound(f"no room {name!r}")
    return record


def milliseconds(clock: Clock) -> int:
    """Return the present in UTC ms."""
    return int(clock() * 1000)


def invite_link(base_url: str, room: str, text: str) -> str:
    """Return the link of an invite; relative to the root where `base_url` is empty."""
    path = f"r/{room}#invite={text}"
    return f"{base_url}/{path}" if base_url else path
