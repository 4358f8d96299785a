"""What an operator may do: rooms, tokens and bans, for the command line, HTTP and the admin page.

It knows nothing of who asks or by which way; whoever lets somebody ask has checked that they may.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from tornchat.access.credentials import Credentials
from tornchat.admin import arguments, described
from tornchat.admin.checking import check
from tornchat.admin.described import BanInfo, Checked, NewToken, RoomInfo, Rotated, TokenInfo
from tornchat.admin.whole import whole
from tornchat.chat.bans import Bans
from tornchat.chat.door import key_person
from tornchat.chat.keyring import Keyring
from tornchat.chat.ports import Live
from tornchat.chat.tokens import TokenSpec
from tornchat.config.model import RoomsConfig
from tornchat.errors import BadRequest, CloseCode, NotFound
from tornchat.store import Journal, RoomRecord, RoomSpec, TokenRecord
from tornchat.store import rooms as rows

T = TypeVar("T")


class Administration:
    """The verbs of an operator.

    Every verb checks its arguments (BadRequest, in words), stores the change, then lets it act:
    on `live`, the hub, where one runs. A change that returned is on disk and holds for everybody.
    Arguments are as JSON brings them; answers are plain values that become JSON, times in UTC ms.

    `defaults` are for rooms that are made, and may be replaced. `sites`: the names of the
    configured sites. `base_url` is empty where it is not known: links are relative then. `clock`
    gives UTC seconds.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        live: Live,
        keyring: Keyring,
        bans: Bans,
        credentials: Credentials,
        defaults: RoomsConfig,
        sites: Collection[str],
        base_url: str,
        clock: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._live = live
        self._keyring = keyring
        self._bans = bans
        self._credentials = credentials
        self.defaults = defaults
        self._sites = sites
        self._base_url = base_url
        self._clock = clock

    # ── rooms ────────────────────────────────────────────────────────────────────────────────────

    async def rooms(self) -> list[RoomInfo]:
        """List all rooms by name, private and archived ones too."""
        records = sorted(self._live.records(), key=lambda record: record.name)
        return [self._room_info(record) for record in records]

    async def room(self, name: str) -> RoomInfo:
        """Show a room. Raises NotFound."""
        return self._room_info(self._record(name))

    @whole
    async def create_room(self, name: str, **settings: Any) -> RoomInfo:
        """Make a room; what is not said is as in `[rooms]`. Raises Conflict where it exists."""
        checked = arguments.settings(settings, self._sites)
        spec = RoomSpec(
            name=arguments.room_name(name),
            title=checked.pop("title", "") or name,
            access=checked.pop("access", self.defaults.default_access),
            guests=checked.pop("guests", self.defaults.allow_guests),
            **checked,
        )
        record = await self._write(partial(rows.create_room, spec=spec, time=self._now()))
        self._live.add_room(record)
        return self._room_info(record)

    @whole
    async def set_room(self, name: str, **settings: Any) -> RoomInfo:
        """Change settings of a room; who may not read it any more leaves it at once."""
        record = self._record(name)
        checked = arguments.settings(settings, self._sites)
        if checked.get("title") == "":
            checked["title"] = name
        if checked:
            stored = await self._write(partial(rows.update_room, name=name, **checked))
            record = replace(self._record(name), **checked, version=stored.version)
            self._live.change_room(record)
        return self._room_info(record)

    @whole
    async def delete_room(self, name: str) -> RoomInfo:
        """Delete a room with its log and its tokens; everybody in it gets `left room_gone`."""
        record = self._record(name)
        await self._write(partial(rows.delete_room, name=name, time=self._now()))
        info = self._room_info(record)
        self._keyring.forget_room(name)
        self._live.remove_room(name)
        self._journal.forget_read(name)
        return info

    @whole
    async def rotate_room(
        self, name: str, *, by: str | None = None, role: str = "write"
    ) -> Rotated:
        """Void what opened a room until now, and make a new invite.

        Its invites are revoked, and site tokens issued before count as nothing. `by`, a person's
        id, is bound to the new invite and stays; who may not read the room without what was voided
        gets `left rotated`.
        """
        self._record(name)
        spec = TokenSpec("invite", name, arguments.role(role))
        person = None if by is None else arguments.person(by)
        text, token = await self._keyring.rotate(spec, by=person)
        self._live.change_room(replace(self._record(name), rotated=token.created))
        return Rotated(text, self._link(name, text), self._token_info(token))

    # ── tokens ───────────────────────────────────────────────────────────────────────────────────

    async def tokens(self, room: str | None = None) -> list[TokenInfo]:
        """List invites and keys, of one room (or pattern) or of all, newest first."""
        wanted = None if room is None else arguments.room_or_pattern(room)
        return [self._token_info(token) for token in self._keyring.tokens(wanted)]

    @whole
    async def create_token(
        self,
        *,
        kind: str,
        room: str,
        role: str,
        label: str = "",
        expires: float | None = None,
        uses: int | None = None,
    ) -> NewToken:
        """Make an invite to a room, or a key for a room or a pattern; its text is shown once.

        `expires`: seconds from now. `uses`: how many people an invite may bind, None for any
        number. Raises NotFound for an invite to a room that does not exist.
        """
        spec = TokenSpec(
            kind="key" if arguments.choice("kind", kind, ("invite", "key")) == "key" else "invite",
            room=arguments.room_or_pattern(room),
            role=arguments.role(role),
            label=arguments.line("label", label, arguments.MAX_LABEL),
            expires=arguments.until("expires", expires, self._now()),
            uses=None if uses is None else arguments.number("uses", uses, 1),
        )
        if spec.kind == "invite":
            self._record(room)
        elif spec.uses is not None:
            raise BadRequest("uses: a key binds nobody, expected nothing")
        text, token = await self._keyring.create(spec)
        link = self._link(room, text) if spec.kind == "invite" else None
        return described.new_token(token, text, link, self._usable(token))

    @whole
    async def revoke_token(self, id: int) -> TokenInfo:
        """Take a token back: whom it let in leaves, connections of a key end with 4502."""
        token = await self._keyring.revoke(arguments.number("id", id, 1))
        if token.kind == "key":
            self._live.expel(CloseCode.KEY_REVOKED, person_id=key_person(token.id))
        else:
            self._live.apply(token.room, "revoked")
        return self._token_info(token)

    async def check_token(self, text: str) -> Checked:
        """Say in words what a token of any kind is and what it opens, or why it opens nothing."""
        if not isinstance(text, str):
            raise BadRequest("text: expected a token")
        return check(text.strip(), self._keyring, self._credentials)

    # ── bans ─────────────────────────────────────────────────────────────────────────────────────

    async def bans(self) -> list[BanInfo]:
        """List the bans from the whole server that last, newest first."""
        return [described.ban(ban) for ban in self._bans.bans()]

    @whole
    async def add_ban(
        self,
        *,
        place: str | None = None,
        person: str | None = None,
        seconds: float | None = None,
        reason: str = "",
    ) -> BanInfo:
        """Ban a place or a person, for so many seconds or for good; connections end with 4505.

        `place`: an IPv4 address, or an IPv6 address, which stands for its /64.
        """
        if (place is None) == (person is None):
            raise BadRequest("expected a place or a person, and one of the two only")
        ban = await self._bans.add(
            place=None if place is None else arguments.place(place),
            person_id=None if person is None else arguments.person(person),
            expires=arguments.until("seconds", seconds, self._now()),
            reason=arguments.line("reason", reason, arguments.MAX_REASON),
        )
        return described.ban(ban)

    @whole
    async def remove_ban(self, id: int) -> BanInfo:
        """Lift a ban. Raises NotFound."""
        return described.ban(await self._bans.remove(arguments.number("id", id, 1)))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _record(self, name: str) -> RoomRecord:
        record = self._live.record(arguments.room_name(name))
        if record is None:
            raise NotFound(f"no room {name!r}")
        return record

    def _room_info(self, record: RoomRecord) -> RoomInfo:
        return described.room(record, self._live.present(record.name))

    def _usable(self, token: TokenRecord) -> bool:
        return self._keyring.refusal(token) is None

    def _token_info(self, token: TokenRecord) -> TokenInfo:
        return described.token(token, self._usable(token))

    def _link(self, room: str, text: str) -> str:
        path = f"r/{room}#invite={text}"
        return f"{self._base_url}/{path}" if self._base_url else path

    async def _write(self, work: Callable[[Any], T]) -> T:
        return await asyncio.wrap_future(self._journal.call(work))
