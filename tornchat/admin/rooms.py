"""The verbs about rooms.

They know nothing of who asks but how far they reach; the Office has looked at that first.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from tornchat.admin import arguments, described
from tornchat.admin.actor import Actor
from tornchat.admin.described import RoomInfo, Rotated
from tornchat.admin.lookup import Clock, invite_link, known, milliseconds, tell
from tornchat.admin.tokens import check_gift
from tornchat.admin.verbs import verb
from tornchat.chat.keyring import Keyring
from tornchat.chat.ports import Live
from tornchat.chat.tokens import TokenSpec
from tornchat.config import Config
from tornchat.errors import Forbidden
from tornchat.store import Journal, RoomRecord, RoomSpec
from tornchat.store import rooms as rows

T = TypeVar("T")

MODERATORS_SET: Final = frozenset({"topic", "slow_mode", "locked", "join_lines", "words"})
"""Settings of a room that its moderators may change."""

TEXTS: Final = ("title", "topic", "words")
"""What goes with the room when it is deleted, which the audit log stays behind."""


class RoomVerbs:
    """Rooms: made, changed, deleted, told of.

    `config` returns the configuration that holds: it gives what a new room begins with.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        live: Live,
        keyring: Keyring,
        config: Callable[[], Config],
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._live = live
        self._keyring = keyring
        self._config = config
        self._clock = clock

    @verb(reads=True, moderators=True)
    async def rooms(self, *, actor: Actor) -> list[RoomInfo]:
        """List rooms by name, private and archived ones too; to a moderator only theirs."""
        records = [record for record in self._live.records() if actor.reaches(record.name)]
        return [self._info(record) for record in sorted(records, key=lambda record: record.name)]

    @verb(reads=True, room="name", moderators=True)
    async def room(self, name: str) -> RoomInfo:
        """Show a room. Raises NotFound."""
        return self._info(known(self._live, name))

    @verb(room="name", secret=TEXTS)
    async def create_room(self, name: str, *, actor: Actor, **settings: Any) -> RoomInfo:
        """Make a room; what is not said is as in `[rooms]`. Raises Conflict where it exists."""
        checked = self._checked(settings)
        defaults = self._config().rooms
        spec = RoomSpec(
            name=arguments.room_name(name),
            title=checked.pop("title", "") or name,
            access=checked.pop("access", defaults.default_access),
            guests=checked.pop("guests", defaults.allow_guests),
            **checked,
        )
        time = milliseconds(self._clock)
        record = await self._write(partial(rows.create_room, spec=spec, time=time))
        self._live.add_room(record)
        return self._changed(record, actor)

    @verb(room="name", moderators=True, secret=TEXTS)
    async def set_room(
        self, name: str, *, actor: Actor, version: int | None = None, **settings: Any
    ) -> RoomInfo:
        """Change settings of a room; who may not read it any more leaves it at once.

        `version`: the one of the settings that whoever asks has seen; Conflict where somebody has
        changed them since. Without it they are changed whatever they are now. Raises Forbidden for
        settings that are not for its moderators.
        """
        record = known(self._live, name)
        if actor.rooms is not None and not settings.keys() <= MODERATORS_SET:
            theirs = ", ".join(sorted(MODERATORS_SET))
            raise Forbidden(f"moderators of a room may set {theirs}; the rest is for admins")
        checked = self._checked(settings)
        if checked.get("title") == "":
            checked["title"] = name
        if not checked:
            return self._info(record)
        seen = None if version is None else arguments.number("version", version, 1)
        update = partial(rows.update_room, name=name, version=seen, **checked)
        stored = await self._write(update)
        record = replace(known(self._live, name), **checked, version=stored.version)
        self._live.change_room(record)
        return self._changed(record, actor)

    @verb(room="name", moderators=True)
    async def lock_room(self, name: str, *, actor: Actor, locked: bool = True) -> RoomInfo:
        """Let only moderators write in a room, or (`locked` false) everybody again who could."""
        return await self.set_room(name, actor=actor, locked=locked)

    @verb(room="name")
    async def archive_room(self, name: str, *, actor: Actor) -> RoomInfo:
        """Put a room away: it is in no list, and only its moderators write in it.

        One that was made on demand comes back when somebody enters it.
        """
        return await self._put_away(name, milliseconds(self._clock), actor)

    @verb(room="name")
    async def unarchive_room(self, name: str, *, actor: Actor) -> RoomInfo:
        """Take a room out of the archive, as it was."""
        return await self._put_away(name, None, actor)

    @verb(room="name")
    async def delete_room(self, name: str, *, actor: Actor) -> RoomInfo:
        """Delete a room with its log and its tokens; everybody in it gets `left room_gone`."""
        record = known(self._live, name)
        time = milliseconds(self._clock)
        await self._write(partial(rows.delete_room, name=name, time=time))
        info = self._info(record)
        self._keyring.forget_room(name)
        self._live.remove_room(name)
        self._journal.forget_read(name)
        tell(self._live, "room", name, deleted=True, by=actor.name)
        return info

    @verb(room="name", moderators=True)
    async def rotate_room(
        self, name: str, *, actor: Actor, by: str | None = None, role: str = "write"
    ) -> Rotated:
        """Void what opened a room until now, and make a new invite.

        Its invites are revoked, and site tokens issued before count as nothing. `by`, a person's
        id, is bound to the new invite and stays; who may not read the room without what was voided
        gets `left rotated`.
        """
        known(self._live, name)
        spec = TokenSpec("invite", name, arguments.role(role))
        check_gift(actor, spec)
        person = None if by is None else arguments.person(by)
        text, token = await self._keyring.rotate(spec, by=person)
        self._live.change_room(replace(known(self._live, name), rotated=token.created))
        tell(self._live, "tokens", name)
        link = invite_link(self._config().server.base_url, name, text)
        usable = self._keyring.refusal(token) is None
        return Rotated(text, link, described.token(token, usable))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _info(self, record: RoomRecord) -> RoomInfo:
        return described.room(record, self._live)

    def _changed(self, record: RoomRecord, actor: Actor) -> RoomInfo:
        """Tell others in charge; whoever has an older version on the screen learns it by this."""
        tell(self._live, "room", record.name, version=record.version, by=actor.name)
        return self._info(record)

    async def _put_away(self, name: str, time: int | None, actor: Actor) -> RoomInfo:
        if (known(self._live, name).archived is None) == (time is None):
            return self._info(known(self._live, name))
        await self._write(partial(rows.archive_room, name=name, time=time))
        record = replace(known(self._live, name), archived=time)
        self._live.change_room(record)
        return self._changed(record, actor)

    def _checked(self, settings: dict[str, Any]) -> dict[str, Any]:
        return arguments.settings(settings, {site.name for site in self._config().site})

    async def _write(self, work: Callable[[Any], T]) -> T:
        return await asyncio.wrap_future(self._journal.call(work))
