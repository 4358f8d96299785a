"""The admin page: handlers that ask the Office for everything and decide nothing themselves.

Reading order: `session` (who is signed in, the base of all handlers), `forms` (what a POST brings),
`flashes`, then the pages, one module to a subject.
"""

from tornado.web import RequestHandler

from tornchat.web.admin import session
from tornchat.web.site import Site

Route = tuple[str, type[RequestHandler]]


def routes(site: Site) -> list[Route]:
    """Return the routes of the admin page: each part has its own lines, the last takes the rest."""
    return [
        (r"/admin", session.HomeHandler),
        (r"/admin/.*", session.NotThereHandler),
    ]
