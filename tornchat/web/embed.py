"""The frame of a room, for the pages of others: `/embed/{room}`.

Which pages may show it is for `embedding` to say.
"""

from http import HTTPStatus

from tornchat.web.embedding import frame_headers
from tornchat.web.pages import PageHandler


class EmbedHandler(PageHandler):
    """`/embed/{room}`: the room page's own modules in a frame, which knows no cookies.

    As on the room page, a room that is private and one that does not exist look alike, in what
    they send and in which pages may show them. Who the visitor is, the page around the frame says
    (`static/embed/host.js`); the mode, for frames without such a page, stands in the query. This
    handler sees neither.
    """

    def get(self, name: str) -> None:
        """Show the room, or 404 and the page of one that is yet to open."""
        record = self.site.hub.record(name)
        referer = self.request.headers.get("Referer", "")
        for header, value in frame_headers(self.site, record, referer).items():
            self.set_header(header, value)
        room = None if record is None or record.access == "private" else record
        if room is None:
            self.set_status(HTTPStatus.NOT_FOUND)
        self.write_module_page("embed.html", entry="embed/embed.js", room=room)

    head = get
