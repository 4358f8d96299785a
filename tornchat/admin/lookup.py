"""What several sections look up, put together or tell others in charge; it changes nothing."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from tornchat.admin import arguments
from tornchat.admin.actor import Actor
from tornchat.chat.ports import Live
from tornchat.errors import BadRequest, Forbidden, NotFound
from tornchat.protocol import AdminEvent
from tornchat.store import RoomRecord

Clock = Callable[[], float]
"""UTC seconds."""
ACCOUNT_PREFIX: Final = "a_"
"""What the ids of people begin with who are signed in to the admin page."""


def known(live: Live, name: Any) -> RoomRecord:
    """Return a room. Raises BadRequest for what is no name of one, NotFound."""
    record = live.record(arguments.room_name(name))
    if record is None:
        raise NotFound(f"no room {name!r}")
    return record


def sanctionable(live: Live, person: Any, room: str | None, actor: Actor) -> None:
    """Refuse to take rights from those in charge, from a moderator's peers, or from oneself.

    Raises BadRequest for what is no id of a person too.
    """
    person_id = arguments.person(person)
    if person_id == actor.person_id:
        raise BadRequest("person: that is you")
    if person_id.startswith(ACCOUNT_PREFIX):
        raise BadRequest("person: this is an account of the admin page; remove the account instead")
    if actor.rooms is not None and room is not None and live.moderates(person_id, room):
        raise Forbidden("they moderate this room too: only an admin of the server can do that")


def milliseconds(clock: Clock) -> int:
    """Return the present in UTC ms."""
    return int(clock() * 1000)


def invite_link(base_url: str, room: str, text: str) -> str:
    """Return the link of an invite; relative to the root where `base_url` is empty."""
    path = f"r/{room}#invite={text}"
    return f"{base_url}/{path}" if base_url else path


def tell(live: Live, topic: str, room: str | None, **data: Any) -> None:
    """Tell those in charge of a room, where their page is open, of something that has changed.

    `room` None: it is about all of them, and only for those who are in charge of everything.
    """
    found = msgspec.Raw(msgspec.json.encode(data)) if data else None
    event = AdminEvent(topic=topic, room=room, data=found)
    live.tell_admins(event, None if room is None else [room])
