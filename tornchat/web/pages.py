"""The pages: lobby and room.

They hold what one sees before scripts run; everything live comes by `/sockjs`.
"""

from typing import Any

from tornado.web import HTTPError

from tornchat.protocol import ROOM_NAME
from tornchat.web.headers import BaseHandler


class PageHandler(BaseHandler):
    """A page whose scripts start with one module."""

    def write_module_page(self, template: str, entry: str, **values: Any) -> None:
        """Write a page that announces, as `modules`, the addresses of all it will load."""
        self.set_header("Cache-Control", "no-cache")
        modules = [self.static + path for path in self.site.static.modules(entry)]
        self.write_page(template, modules=modules, **values)


class LobbyHandler(PageHandler):
    """`/`: the rooms that everybody may see."""

    def get(self) -> None:
        """Show the list of rooms."""
        self.write_module_page("lobby.html", entry="chat/lobby.js", rooms=self.site.hub.summaries())

    head = get


class RoomHandler(PageHandler):
    """`/r/{room}`: a room that is private and one that does not exist look alike."""

    def get(self, name: str) -> None:
        """Show the room."""
        room = self.site.hub.record(name) if ROOM_NAME.fullmatch(name) else None
        if room is None or room.access == "private":
            raise HTTPError(404)
        self.write_module_page("room.html", entry="chat/element.js", room=room)

    head = get


class HomeHandler(BaseHandler):
    """The configured address without its last slash: relative links would miss the prefix."""

    def get(self) -> None:
        """Send the browser to the lobby."""
        self.redirect(f"{self.site.config.server.base_url}/", permanent=True)

    head = get


class RobotsHandler(BaseHandler):
    """`/robots.txt`."""

    def get(self) -> None:
        """Keep robots out of what is not a page."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=86400")
        self.write("User-agent: *\nDisallow: /api/\nDisallow: /sockjs\n")

    head = get
