"""The HTTP API: what programs ask.

It knows nothing of sockets; errors have the one shape of PROTOCOL, "HTTP API".
"""

from tornchat.web.headers import JsonHandler


class RoomsHandler(JsonHandler):
    """`GET /api/v1/rooms`: the rooms that everybody may see, by title."""

    def get(self) -> None:
        """Answer `{"rooms": [{name, title, topic, access, count, last_time}]}`."""
        fields = ("name", "title", "topic", "access", "count", "last_time")
        found = self.site.hub.summaries()
        self.write({"rooms": [{f: getattr(room, f) for f in fields} for room in found]})

    head = get
