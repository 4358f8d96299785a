"""The pages: lobby and room.

They hold what one sees before scripts run; everything live comes by `/sockjs`.
"""

from http import HTTPStatus
from typing import Any

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
    """`/r/{room}`: a room that is private and one that does not exist look alike.

    Both get the page of a room that has yet to open, for who holds an invite: it travels in the
    fragment, and an identity in the browser's memory, neither of which this handler sees. It has
    no name in it but takes what the address bar has. Hence it gives nothing away, and guessing
    here counts for nothing: that is counted where a room is joined.
    """

    def get(self, name: str) -> None:
        """Show the room, or 404 and the page that asks for an invitation."""
        room = self.site.hub.record(name)
        if room is not None and room.access == "private":
            room = None
        if room is None:
            self.set_status(HTTPStatus.NOT_FOUND)
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
