"""Bans and mutes, of the whole server or of one room: what they caught, new ones, their end.

It knows nothing of how any of it takes effect.
"""

from typing import Any, Final

from tornchat.access.places import parse
from tornchat.errors import ChatError
from tornchat.web.admin.paging import Pager, page_number
from tornchat.web.admin.people import TERM, TERMS
from tornchat.web.admin.session import AdminHandler

SIZE: Final = 50
"""Bans on one page."""
_FILTERS: Final = ("search", "kind")
_FIELDS: Final = ("who", "kind", "room", "for", "reason")


class BanPage(AdminHandler):
    """What the pages of one room's bans and of all bans have in common."""

    async def show_bans(
        self, where: str | None, error: ChatError | None = None, **values: Any
    ) -> None:
        """Write a page of bans; above its form what was wrong with it."""
        query = {name: self.get_query_argument(name, "") for name in _FILTERS}
        page = page_number(self.get_query_argument("page", ""))
        found = await self.perform(
            "find_bans",
            room=where,
            search=query["search"],
            kind=query["kind"] or None,
            offset=(page - 1) * SIZE,
            limit=SIZE,
        )
        begun = {**dict.fromkeys(_FIELDS, ""), "kind": "ban", "for": TERM}
        typed = {field: self.form.text(field) for field in _FIELDS} if error is not None else {}
        self.write_admin(
            "admin_bans.html",
            bans=found.bans,
            pager=Pager(page, SIZE, found.total, query),
            query=query,
            terms=TERMS,
            texts=begun | typed,
            error=error,
            **values,
        )

    async def make(self, room: str | None) -> None:
        """Make what the form asks for."""
        who, where = self.form.text("who"), room or self.form.text("room") or None
        target = "place" if parse(who.partition("/")[0]) else "person"
        ban = await self.perform(
            "add_ban",
            kind=self.form.text("kind") or "ban",
            room=where,
            seconds=self.form.duration("for"),
            reason=self.form.text("reason"),
            **{target: who},
        )
        what = "muted" if ban.kind == "mute" else "banned"
        at = f" in {where}" if where else " on the whole server"
        base = _base(room)
        self.done(f"{who} is {what}{at}.", base, undo=f"{base}/{ban.id}/lift")

    async def lift(self, ban_id: str, room: str | None) -> None:
        """Lift a ban or a mute."""
        ban = await self.perform("remove_ban", id=int(ban_id))
        who = ban.name or ban.person or ban.place
        what = "may write again" if ban.kind == "mute" else "may come back"
        self.done(f"{who} {what}.", _base(room))


class BansHandler(BanPage):
    """`/admin/bans`: those from the server, and those of all rooms."""

    async def get(self, error: ChatError | None = None) -> None:
        """Show a page of them."""
        await self.show_bans(None, error, title="Bans", section="bans", room=None)

    async def post(self) -> None:
        """Make one; what is wrong with it is said above the form."""
        try:
            await self.make(None)
        except ChatError as error:
            await self.get(error)


class LiftHandler(BanPage):
    """`/admin/bans/{id}/lift`."""

    async def post(self, ban_id: str) -> None:
        """Lift it."""
        await self.lift(ban_id, None)


class RoomBansHandler(BanPage):
    """`/admin/rooms/{room}/bans`: those of one room."""

    needs_admin = False

    async def get(self, name: str, error: ChatError | None = None) -> None:
        """Show a page of them."""
        self.may_moderate(name)
        room = await self.perform("room", name=name)
        about = {"title": f"Bans of {room.title}", "section": "rooms", "tab": "bans"}
        await self.show_bans(name, error, room=room, **about)

    async def post(self, name: str) -> None:
        """Make one; what is wrong with it is said above the form."""
        self.may_moderate(name)
        try:
            await self.make(name)
        except ChatError as error:
            await self.get(name, error)


class RoomLiftHandler(BanPage):
    """`/admin/rooms/{room}/bans/{id}/lift`."""

    needs_admin = False

    async def post(self, name: str, ban_id: str) -> None:
        """Lift it."""
        self.may_moderate(name)
        await self.lift(ban_id, name)


def _base(room: str | None) -> str:
    return f"rooms/{room}/bans" if room else "bans"
