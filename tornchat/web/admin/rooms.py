"""The list of rooms, and the form that makes one.

It knows nothing of what a room's own pages show.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tornchat.errors import BadRequest, ChatError, Conflict
from tornchat.web.admin import roomform
from tornchat.web.admin.paging import Pager, address, page_number
from tornchat.web.admin.session import AdminHandler

SIZE: Final = 50
"""Rooms on one page."""
NEW_FIELDS: Final = ("title", "topic", "access", "guests", "origins")


class Column(NamedTuple):
    """A heading that sorts. `sorted`: ascending, descending or "" for not by this one."""

    label: str
    href: str
    sorted: str
    number: bool = False


class View(NamedTuple):
    """One way to look at the rooms, as a segment above the list."""

    label: str
    href: str
    current: bool


class RoomsHandler(AdminHandler):
    """`/admin/rooms`: the rooms; a moderator finds their own."""

    needs_admin = False

    async def get(self) -> None:
        """Show a page of them: searched, filtered, sorted."""
        query = {name: self.get_query_argument(name, "") for name in _FILTERS}
        page = page_number(self.get_query_argument("page", ""))
        on_demand = bool(query["pattern"])
        sort = query["sort"] or ("waiting" if on_demand else "title")
        found = await self.perform(
            "find_rooms",
            search=query["search"],
            state=query["state"] or "open",
            pattern=query["pattern"] or None,
            order=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            offset=(page - 1) * SIZE,
            limit=SIZE,
            lines=on_demand,
        )
        self.write_admin(
            "admin_rooms.html",
            title="Rooms",
            section="rooms",
            rooms=found.rooms,
            lines=found.lines,
            pager=Pager(page, SIZE, found.total, query),
            query=query,
            on_demand=on_demand,
            views=self._views(query),
            patterns=[section.name for section in self.site.config.room_patterns],
            columns=_columns(query, sort, on_demand),
            may_create=self.site.office.may(self.actor, "create_room"),
        )

    def _views(self, query: Mapping[str, str]) -> list[View]:
        """Return the segments; rooms on demand have theirs where there may be some."""
        states = [("Open", "", ""), ("Archived", "archived", "")]
        if self.site.config.room_patterns or query["pattern"]:
            states.insert(1, ("On demand", "", "*"))
        return [
            View(
                label,
                address({"search": query["search"]}, state=state, pattern=pattern),
                (state, bool(pattern)) == (query["state"], bool(query["pattern"])),
            )
            for label, state, pattern in states
        ]


class NewRoomHandler(AdminHandler):
    """`/admin/new-room`: a room that is to be made. (A room may be called "new".)"""

    def get(self) -> None:
        """Show the form, with what the configuration gives a new room."""
        defaults = self.site.config.rooms
        begun = {"access": defaults.default_access, "guests": defaults.allow_guests}
        self._show({"name": "", "title": "", "topic": "", "origins": "", **roomform.texts(begun)})

    async def post(self) -> None:
        """Make it, and go there; what is wrong with it is said above the form."""
        form = self.form
        settings = {name: roomform.FIELDS[name].read(form, name) for name in NEW_FIELDS}
        name = form.text("name")
        try:
            await self.perform("create_room", name=name, **settings)
        except (BadRequest, Conflict) as error:
            self._show({"name": name, **roomform.texts(settings)}, error)
        else:
            self.done("The room is there.", f"rooms/{name}")

    def _show(self, texts: Mapping[str, str], error: ChatError | None = None) -> None:
        self.write_admin(
            "admin_new_room.html", title="New room", section="rooms", texts=texts, error=error
        )


_FILTERS: Final = ("search", "state", "pattern", "sort")


def _columns(query: Mapping[str, str], sort: str, on_demand: bool) -> dict[str, Column]:
    """Return the headings by what they sort by; another click turns the order round."""
    labels = {"title": "Room", "present": "People", "entries": "Messages", "last": "Last message"}
    found = {}
    for key, label in labels.items():
        # Who looks at numbers and times wants the largest first.
        begin = key if key == "title" else f"-{key}"
        other = key if begin.startswith("-") else f"-{key}"
        direction = "" if sort.removeprefix("-") != key else _DIRECTIONS[sort.startswith("-")]
        href = address(query, sort=other if sort == begin else begin)
        found[key] = Column(label, href, direction, number=key in ("present", "entries"))
    if on_demand:
        found["last"] = found["last"]._replace(label="Last line")
    return found


_DIRECTIONS: Final = {False: "ascending", True: "descending"}
