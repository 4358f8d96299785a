"""The HTTP API of rooms: what programs ask and change.

It knows nothing of sockets; errors have the one shape of PROTOCOL, "HTTP API".
"""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, Final, Literal, get_args

from msgspec import UNSET, Struct, UnsetType, to_builtins

from tornchat.admin.tokens import moderators_give
from tornchat.errors import BadRequest, Forbidden, NotFound
from tornchat.protocol import ROOM_NAME
from tornchat.web.bearer import BearerHandler
from tornchat.web.bodies import read_body, read_optional_body
from tornchat.web.site import Rooms, RoomState

TURN: Final = 200
"""Rooms that are looked at in one turn of the loop."""

Role = Literal["read", "write", "moderate", "admin"]


class Settings(Struct, forbid_unknown_fields=True):
    """Settings of a room: those of `[room NAME]`; only what is there counts."""

    title: str | UnsetType = UNSET
    topic: str | UnsetType = UNSET
    access: Literal["public", "read-only", "private"] | UnsetType = UNSET
    guests: bool | UnsetType = UNSET
    sites: tuple[str, ...] | UnsetType = UNSET
    history_age: int | UnsetType | None = UNSET
    history_messages: int | UnsetType | None = UNSET
    slow_mode: int | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    join_lines: bool | UnsetType = UNSET
    words: tuple[str, ...] | UnsetType = UNSET
    origins: tuple[str, ...] | UnsetType = UNSET

    def given(self) -> dict[str, Any]:
        """Return the settings that are there, by name."""
        found = {field: getattr(self, field) for field in Settings.__struct_fields__}
        return {field: value for field, value in found.items() if value is not UNSET}


class Change(Settings, kw_only=True, forbid_unknown_fields=True):
    """A change to the settings of a room, of that version if one is said."""

    version: int | None = None


class NewRoom(Settings, kw_only=True, forbid_unknown_fields=True):
    """A room to be made."""

    name: str


class Rotation(Struct, forbid_unknown_fields=True):
    """What the new invite of a rotated room gives."""

    role: Role = "write"


class NewToken(Struct, forbid_unknown_fields=True):
    """A token to be made. `expires` in seconds from now; `uses`: how many people it may bind."""

    kind: Literal["invite", "key"] = "invite"
    role: Role = "write"
    label: str = ""
    expires: float | None = None
    uses: int | None = None


class RoomsHandler(BearerHandler):
    """`/api/v1/rooms`: the rooms that who asks may read, by title; a new one."""

    async def get(self) -> None:
        """Answer `{"rooms": [{name, title, topic, access, count, last_time}]}`."""
        found = [summary(self.site.hub, record) async for record in self._readable()]
        self.write({"rooms": sorted(found, key=lambda room: room["title"].casefold())})

    head = get

    async def post(self) -> None:
        """Make a room, for those whose token gives `admin` for its name; answer 201."""
        self.need_bearer()
        wanted = read_body(self.request, NewRoom)
        if not ROOM_NAME.fullmatch(wanted.name):
            raise BadRequest(f"name: expected {ROOM_NAME.pattern}")
        if "admin" not in self.site.access.permitted(self.identity, wanted.name):
            raise Forbidden("this needs a token with the permission to admin rooms of that name")
        room = await self.perform("create_room", name=wanted.name, **wanted.given())
        self.set_status(HTTPStatus.CREATED)
        self.set_header("Location", f"rooms/{wanted.name}")
        self.write_result(room)

    async def _readable(self) -> AsyncIterator[RoomState]:
        """Yield the rooms for who asks; those made on demand to their moderators only."""
        for number, record in enumerate(list(self.site.hub.records()), start=1):
            granted = self.site.access.grants(self.identity, record.name)
            needed = "read" if record.pattern is None else "moderate"
            if record.archived is None and needed in granted:
                yield record
            if number % TURN == 0:
                await asyncio.sleep(0)


class RoomHandler(BearerHandler):
    """`/api/v1/rooms/{room}`: one room."""

    async def get(self, name: str) -> None:
        """Answer the summary and `can`; all settings to its admins."""
        granted = self.allow(name, "read")
        record = self.site.hub.record(name)
        assert record is not None  # or nobody could read it
        found: dict[str, Any] = {**summary(self.site.hub, record), "can": ordered(granted)}
        if "admin" in granted:
            found = {**to_builtins(await self.perform("room", name=name)), **found}
        self.write(found)

    head = get

    async def patch(self, name: str) -> None:
        """Change the settings that are given; those in the room feel it at once."""
        self.allow(name, "admin")
        change = read_body(self.request, Change)
        seen = {} if change.version is None else {"version": change.version}
        self.write_result(await self.perform("set_room", name=name, **seen, **change.given()))

    async def delete(self, name: str) -> None:
        """Delete the room and everything in it."""
        self.allow(name, "admin")
        await self.perform("delete_room", name=name)
        self.set_status(HTTPStatus.NO_CONTENT)


class RotateHandler(BearerHandler):
    """`/api/v1/rooms/{room}/rotate`: everybody out but who does it, and a new invite."""

    async def post(self, name: str) -> None:
        """Void the room's invites and all earlier site tokens; answer the new invite."""
        granted = self.allow(name, "moderate")
        role = read_optional_body(self.request, Rotation).role
        check_gift(granted, role)
        # A key opens the room by itself, and needs no place among those who were invited.
        by = self.identity.person_id if self.identity.key_id is None else None
        found = await self.perform("rotate_room", name=name, by=by, role=role)
        self.write_result(found)


class TokensHandler(BearerHandler):
    """`/api/v1/rooms/{room}/tokens`: a room's invites and, to its admins, its keys."""

    async def get(self, name: str) -> None:
        """Answer `{"tokens": […]}`, without their texts, which nobody has any more."""
        granted = self.allow(name, "moderate")
        self.write_result({"tokens": await self._tokens(name, granted)})

    head = get

    async def post(self, name: str) -> None:
        """Make one; the answer, 201, is the only place that ever holds its text."""
        granted = self.allow(name, "moderate")
        wanted = read_optional_body(self.request, NewToken)
        check_gift(granted, wanted.role, wanted.kind)
        found = await self.perform(
            "create_token",
            room=name,
            kind=wanted.kind,
            role=wanted.role,
            label=wanted.label,
            expires=wanted.expires,
            uses=wanted.uses,
        )
        self.set_status(HTTPStatus.CREATED)
        self.write_result(found)

    async def delete(self, name: str) -> None:
        """Revoke the one whose number is in the query, `?id=7`; who came by it has to leave."""
        granted = self.allow(name, "moderate")
        wanted = self.get_query_argument("id", "")
        mine = {str(token.id): token.id for token in await self._tokens(name, granted)}
        if wanted not in mine:
            raise NotFound("id: expected the number of a token of this room")
        await self.perform("revoke_token", id=mine[wanted])
        self.set_status(HTTPStatus.NO_CONTENT)

    async def _tokens(self, name: str, granted: frozenset[str]) -> list[Any]:
        """Return the tokens of this room that its moderator, or admin, has a say in."""
        found = await self.perform("tokens", room=name)
        return [t for t in found if t.room == name and gives(granted, t.role, t.kind)]


def summary(hub: Rooms, record: RoomState) -> dict[str, Any]:
    """Return a room as everybody who may read it sees it."""
    return {
        "name": record.name,
        "title": record.title,
        "topic": record.topic,
        "access": record.access,
        "count": hub.present(record.name),
        "last_time": record.last_time if record.last else 0,  # a new room: when it was made
    }


def gives(granted: frozenset[str], role: str, kind: str) -> bool:
    """Return whether somebody with those permissions has a say in such a token."""
    return "admin" in granted or moderators_give(role, kind)


def check_gift(granted: frozenset[str], role: str, kind: str = "invite") -> None:
    """Raise Forbidden where somebody would give more than is theirs to give."""
    if not gives(granted, role, kind):
        raise Forbidden("keys, and roles above write, need the permission to admin the room")


def ordered(granted: frozenset[str]) -> list[str]:
    """Return permissions from the least to the most."""
    return [role for role in get_args(Role) if role in granted]
