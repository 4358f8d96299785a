"""`/docs/embed`: try the widget, set what can be set, take the tag home.

The page is a form that is asked for again with each change; its script does so by `fetch`, so that
there is one place that knows how a tag is written (`tag`). What it knows of rooms is what everybody
may see.
"""

from typing import Final
from urllib.parse import urlencode

from tornchat.protocol import ROOM_NAME
from tornchat.web.admin.sharing import site_address
from tornchat.web.headers import SECURITY_HEADERS
from tornchat.web.pages import PageHandler
from tornchat.web.tag import ATTRIBUTES, VARIABLES, read, rule, tag

POLICY: Final = f"{SECURITY_HEADERS['Content-Security-Policy']}; frame-src 'self'"
"""The page shows rooms of this site in frames, as the pages of other sites do."""
_FALLBACK: Final = "lobby"
_LISTS: Final = ("notify",)
"""Options that one ticks: each word comes as a value of its own."""


class EmbedDocsHandler(PageHandler):
    """`/docs/embed?room=…&mode=…`: without a query, the tag of the first room.

    A room that is not in the lobby can be asked for by its name. Whether there is one is not said:
    it is written into the tag as it came.
    """

    def get(self) -> None:
        """Show the form, and the tag for what it says."""
        self.set_header("Content-Security-Policy", POLICY)
        given = {option.name: self._given(option.name) for option in (*ATTRIBUTES, *VARIABLES)}
        chosen, wrong = read(ATTRIBUTES, given)
        look, odd = read(VARIABLES, given)
        rooms = {room.name: room.title for room in self.site.hub.summaries()}
        room = self._room(rooms)
        site = site_address(
            self.site.config.server.base_url, self.request.protocol, self.request.host
        )
        self.write_module_page(
            "docs_embed.html",
            entry="docs/embed.js",
            rooms={**rooms, room: rooms.get(room, room)},
            room=room,
            values={name: given[name] or default for name, default in _DEFAULTS.items()},
            wrong=wrong | odd,
            touched={*chosen, *wrong, *look, *odd},
            mode=chosen.get("mode", "bubble"),
            tag=tag(site, room, chosen),
            rule=rule(look),
            query=urlencode({"room": room, **chosen, **look}),
        )

    head = get

    def _given(self, name: str) -> str:
        words = self.get_query_arguments(name)
        return " ".join(words if name in _LISTS else words[-1:])

    def _room(self, rooms: dict[str, str]) -> str:
        """Return the room that is asked for, else the first that everybody may see."""
        name = self.get_query_argument("room", "")
        return name if ROOM_NAME.fullmatch(name) else next(iter(rooms), _FALLBACK)


_DEFAULTS: Final = {option.name: option.default for option in (*ATTRIBUTES, *VARIABLES)}
