"""Who is here and who was, on the whole server or in one room, and what is done about somebody.

It knows nothing of how any of it takes effect.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from tornchat.errors import BadRequest, ChatError, NotFound
from tornchat.web.admin.paging import Pager, address, page_number
from tornchat.web.admin.session import AdminHandler

SIZE: Final = 50
"""People on one page."""
TERMS: Final = (
    ("10m", "10 minutes"),
    ("1h", "1 hour"),
    ("1d", "1 day"),
    ("7d", "1 week"),
    ("30d", "30 days"),
    ("", "until it is lifted"),
)
"""For how long a mute or a ban may last, as forms offer it."""
TERM: Final = "1h"
"""The one that a form begins with."""
TRANSPORTS: Final = {
    "websocket": "WebSocket",
    "raw": "raw WebSocket",
    "xhr-streaming": "streaming",
    "xhr": "polling",
    "eventsource": "EventSource",
}
"""How a connection is called on the page."""
MAX_NAME: Final = 100
_DONE: Final = {"mute": "muted", "ban": "banned"}


class PeoplePage(AdminHandler):
    """What the pages of one room's people and of all people have in common."""

    async def show_people(
        self, where: str | None, error: ChatError | None = None, **values: Any
    ) -> None:
        """Write a page of those who are here, or (`view=seen`) were; above it what went wrong."""
        search = self.get_query_argument("search", "")
        was = self.get_query_argument("view", "") == "seen"
        query = {"view": "seen" if was else "", "search": search}
        listed = await (self._seen(where, query) if was else self._here(where, query))
        self.write_admin(
            "admin_people.html",
            was=was,
            query=query,
            views=[(label, address({}, view=view, search=search), view == query["view"])
                   for label, view in (("Here now", ""), ("Seen", "seen"))],
            kept=self.site.config.rooms.seen_age,
            may_act=self.site.office.may(self.actor, "add_ban", where),
            transports=TRANSPORTS,
            terms=TERMS,
            term=TERM,
            error=error,
            **listed,
            **values,
        )  # fmt: skip

    async def _here(self, room: str | None, query: Mapping[str, str]) -> dict[str, Any]:
        page = page_number(self.get_query_argument("page", ""))
        found = await self.perform(
            "people", room=room, search=query["search"], offset=(page - 1) * SIZE, limit=SIZE
        )
        pager = Pager(page, SIZE, found.total, query)
        return {"people": found.people, "pager": pager, "older": "", "newest": ""}

    async def _seen(self, room: str | None, query: Mapping[str, str]) -> dict[str, Any]:
        before = self.get_query_argument("before", "") or None
        found = await self.perform(
            "seen", room=room, search=query["search"], before=before, limit=SIZE
        )
        older = address(query, before=found.next) if found.next else ""
        newest = address(query) if before else ""
        return {"people": found.people, "pager": None, "older": older, "newest": newest}

    async def act(self, room: str | None) -> None:
        """Do what the form says about a person: kick, mute or ban them."""
        action = self.form.text("action")
        if action not in ("kick", "mute", "ban"):
            raise BadRequest("action: expected kick, mute or ban")
        person, where = self.form.text("person"), room or self.form.text("room") or None
        name = self.form.text("name")[:MAX_NAME] or person
        if action == "kick":
            await self._kick(person, where)
            self._back(room, f"{name} was taken out{f' of {where}' if where else ''}.")
        else:
            ban = await self._sanction(action, person, where, name)
            at = f" in {where}" if where else " on the whole server"
            self._back(room, f"{name} is {_DONE[action]}{at}.", ban.id)

    async def _kick(self, person: str, room: str | None) -> None:
        """Take somebody out of one room, or of all in which they are."""
        reason = self.form.text("reason")
        for name in [room] if room else await self._rooms_of(person):
            await self.perform("kick", room=name, person=person, reason=reason)

    async def _sanction(self, action: str, person: str, room: str | None, name: str) -> Any:
        """Mute or ban somebody, by the address too where that was ticked."""
        terms = {"seconds": self.form.duration("for"), "reason": self.form.text("reason")}
        about = {"person": person, "room": room, "name": name, **terms}
        if action == "mute":
            return await self.perform("mute", **about)
        place = self.form.text("place") if self.form.flag("address") else ""
        return await self.perform("add_ban", place=place or None, **about)

    async def _rooms_of(self, person: str) -> list[str]:
        found = await self.perform("people", search=person)
        rooms = [name for here in found.people if here.person == person for name in here.rooms]
        if not rooms:
            raise NotFound("They are in no room now.")
        return rooms

    def _back(self, room: str | None, message: str, ban: int | None = None) -> None:
        """Return to the list; what lasts can be called off there."""
        base = f"rooms/{room}/" if room else ""
        query = {name: self.form.text(name) for name in ("view", "search")}
        shown = urlencode({name: value for name, value in query.items() if value})
        undo = f"{base}bans/{ban}/lift" if ban is not None else ""
        self.done(message, f"{base}people{f'?{shown}' if shown else ''}", undo=undo)


class PeopleHandler(PeoplePage):
    """`/admin/people`: everybody."""

    async def get(self, error: ChatError | None = None) -> None:
        """Show a page of them."""
        await self.show_people(None, error, title="People", section="people", room=None)

    async def post(self) -> None:
        """Kick, mute or ban somebody; what is wrong with it is said above the list."""
        try:
            await self.act(None)
        except ChatError as error:
            await self.get(error)


class RoomPeopleHandler(PeoplePage):
    """`/admin/rooms/{room}/people`: those of one room."""

    needs_admin = False

    async def get(self, name: str, error: ChatError | None = None) -> None:
        """Show a page of them."""
        self.may_moderate(name)
        room = await self.perform("room", name=name)
        about = {"title": f"People of {room.title}", "section": "rooms", "tab": "people"}
        await self.show_people(name, error, room=room, **about)

    async def post(self, name: str) -> None:
        """Kick, mute or ban somebody in this room."""
        self.may_moderate(name)
        try:
            await self.act(name)
        except ChatError as error:
            await self.get(name, error)
