"""One room: how it is, its settings, and what is done with it as a whole.

It knows nothing of its tokens, its people or its messages.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tornchat.errors import BadRequest, ChatError, Conflict
from tornchat.web.admin import roomform, sharing
from tornchat.web.admin.qr import qr
from tornchat.web.admin.session import AdminHandler
from tornchat.web.tag import tag

ACTIONS: Final = {
    "lock": ("lock_room", {"locked": True}, "The room is locked: only moderators may write."),
    "unlock": ("lock_room", {"locked": False}, "The room is unlocked."),
    "archive": ("archive_room", {}, "The room is archived: it is in no list any more."),
    "unarchive": ("unarchive_room", {}, "The room is back."),
}
"""Changes that need no form: the verb, its arguments, and what to say of it."""
MODERATED: Final = ("topic", "slow_mode", "join_lines", "words")
"""Fields of the settings that a room's moderator finds."""


class RoomHandler(AdminHandler):
    """`/admin/rooms/{room}`: what it is and who is there, and how to let people in."""

    needs_admin = False

    async def get(self, name: str) -> None:
        """Show it."""
        self.may_moderate(name)
        room = await self.perform("room", name=name)
        site = sharing.site_address(
            self.site.config.server.base_url, self.request.protocol, self.request.host
        )
        link = sharing.room_address(site, name)
        self.write_admin(
            "admin_room.html",
            title=room.title,
            section="rooms",
            tab="overview",
            room=room,
            link=link,
            code=qr(link),
            embed=tag(site, name),
            facts=roomform.facts(room),
            entries=room.last - room.first + 1,
        )


class RoomSettingsHandler(AdminHandler):
    """`/admin/rooms/{room}/settings`: what may be changed, and the ways to end it.

    Nothing that somebody else has saved meanwhile is overwritten unseen: whoever saves second gets
    409 and both values of each setting to choose from.
    """

    needs_admin = False

    async def get(self, name: str) -> None:
        """Show the form."""
        self.may_moderate(name)
        self._show(await self.perform("room", name=name))

    async def post(self, name: str) -> None:
        """Save what was changed."""
        self.may_moderate(name)
        version = self.form.number("version")
        if version is None:
            raise BadRequest("version: expected the version that the form was filled with")
        try:
            mine = roomform.read(self.form)
            changed = roomform.moved(mine, self.form.text("base"))
            if changed:
                await self._save(name, version, changed)
        except Conflict:
            await self._settle(name, mine, changed)
        except BadRequest as error:
            self._show(await self.perform("room", name=name), error)
        else:
            self.done("Saved." if changed else "Nothing was changed.", f"rooms/{name}/settings")

    async def _save(self, name: str, version: int, changed: Mapping[str, Any]) -> None:
        await self.perform("set_room", name=name, version=version, **changed)

    async def _settle(self, name: str, mine: dict[str, Any], changed: dict[str, Any]) -> None:
        """Show what there is to choose; save where nothing of this form has moved."""
        room = await self.perform("room", name=name)
        now = roomform.values(room, mine)
        if not roomform.moved(now, self.form.text("base")):
            await self._save(name, room.version, changed)
            self.done("Saved.", f"rooms/{name}/settings")
            return
        choices = roomform.choices(mine, now, changed)
        if not choices:
            self.done("Somebody else has just saved the same.", f"rooms/{name}/settings")
            return
        self.set_status(Conflict.http_status)
        self._write(
            "admin_room_conflict.html",
            room,
            choices=choices,
            fields=[choice.field.name for choice in choices],
            base=roomform.marks({choice.field.name: now[choice.field.name] for choice in choices}),
            who=await self._who_changed(name),
        )

    async def _who_changed(self, name: str) -> str:
        """Return who changed the room last, for those who may read the audit log."""
        if not self.site.office.may(self.actor, "audit"):
            return ""
        rows = await self.perform("audit", room=name, verb="set_room", limit=1)
        return str(rows[0].actor) if rows else ""

    def _show(self, room: Any, error: ChatError | None = None) -> None:
        fields = list(roomform.FIELDS) if self.actor.rooms is None else list(MODERATED)
        now = roomform.values(room, fields)
        texts, base, version = roomform.texts(now), roomform.marks(now), room.version
        if error is not None:
            texts |= roomform.typed(self.form)
            base, version = self.form.text("base"), self.form.number("version")
        self._write(
            "admin_room_settings.html",
            room,
            fields=fields,
            texts=texts,
            base=base,
            version=version,
            error=error,
            sites=self._sites(texts.get("sites", "")),
            defaults=self.site.config.rooms,
            entries=room.last - room.first + 1,
        )

    def _sites(self, chosen: str) -> list[str]:
        """Return the sites to choose from, gone ones that the room still names too."""
        return sorted({site.name for site in self.site.config.site} | set(chosen.split()))

    def _write(self, template: str, room: Any, *, fields: Sequence[str], **values: Any) -> None:
        self.write_admin(
            template,
            title=f"Settings of {room.title}",
            section="rooms",
            tab="settings",
            room=room,
            fields=fields,
            **values,
        )


class RoomActionHandler(AdminHandler):
    """`/admin/rooms/{room}/lock`, `unlock`, `archive`, `unarchive`."""

    needs_admin = False

    async def post(self, name: str, action: str) -> None:
        """Do it, and go back to the room."""
        self.may_moderate(name)
        verb, args, message = ACTIONS[action]
        await self.perform(verb, name=name, **args)
        self.done(message, f"rooms/{name}")


class RoomDeleteHandler(AdminHandler):
    """`/admin/rooms/{room}/delete`: the end of it, for who has typed its name."""

    async def post(self, name: str) -> None:
        """Delete it, and go to the list."""
        if self.form.text("confirm") != name:
            raise BadRequest(f"Nothing was deleted: expected the name {name} to be typed")
        await self.perform("delete_room", name=name)
        self.done(f"The room {name} is deleted.", "rooms")
