"""The page that says one line in many rooms."""

from typing import Final, NamedTuple

from tornchat.errors import ChatError
from tornchat.web.admin.session import AdminHandler

BEFORE: Final = 10
"""Earlier announcements that the page shows."""


class Earlier(NamedTuple):
    """An announcement that was made, as the audit log has it: where, and not what it said."""

    rooms: str
    by: str
    time: int


class AnnounceHandler(AdminHandler):
    """`/admin/announce`."""

    async def get(self, error: ChatError | None = None) -> None:
        """Show the form, and what was announced before; above it what went wrong."""
        rows = await self.perform("audit", verb="announce", limit=BEFORE)
        self.write_admin(
            "admin_announce.html",
            title="Announce",
            section="announce",
            error=error,
            text=self.form.text("text") if error else "",
            rooms=self.form.text("rooms") if error else "*",
            most=self.site.config.limits.text_length,
            patterns=[section.name for section in self.site.config.room_patterns],
            earlier=[Earlier(row.subject, row.actor, row.time) for row in rows],
        )

    async def post(self) -> None:
        """Say it."""
        text, rooms = self.form.text("text"), self.form.text("rooms") or "*"
        try:
            said = await self.perform("announce", text=text, rooms=rooms)
        except ChatError as error:
            await self.get(error)
            return
        where = "1 room" if said.rooms == 1 else f"{said.rooms:,} rooms"
        missed = f" Not in {', '.join(said.failed[:5])}." if said.failed else ""
        self.done(f"Announced in {where}.{missed}", "announce")
