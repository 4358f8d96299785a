"""Every address of the site, and the settings that its handlers expect.

Application([*routes(site), *router.urls], **settings(site))
"""

from typing import Any

from tornado.web import RequestHandler

from tornchat.web import (
    admin,
    api,
    cookies,
    docs,
    embed,
    headers,
    health,
    pages,
    scripts,
    static,
    wellknown,
)
from tornchat.web.site import Site

Route = tuple[str, type[RequestHandler]]


def routes(site: Site) -> list[Route]:
    """Return the routes; `/metrics` is among them where it has no listener of its own."""
    found: list[Route] = [
        (r"/", pages.LobbyHandler),
        (r"/r/([^/]*)", pages.RoomHandler),
        (r"/embed/([^/]*)", embed.EmbedHandler),
        (r"/docs/embed", docs.EmbedDocsHandler),
        (r"/static/([^/]+)/(.+)", static.StaticHandler),
        (r"/widget\.js", scripts.WidgetHandler),
        (r"/client\.js", scripts.ClientHandler),
        (r"/favicon\.ico", static.FaviconHandler),
        (r"/robots\.txt", pages.RobotsHandler),
        (r"/\.well-known/security\.txt", wellknown.SecurityHandler),
        *admin.routes(site),
        (r"/api/v1/rooms", api.RoomsHandler),
        (r"/api/v1/rooms/([^/]+)", api.RoomHandler),
        (r"/api/v1/rooms/([^/]+)/rotate", api.RotateHandler),
        (r"/api/v1/rooms/([^/]+)/tokens", api.TokensHandler),
        (r"/api(?:/.*)?", headers.JsonNotFoundHandler),
        (r"/health", health.HealthHandler),
        (r"/ready", health.ReadyHandler),
    ]
    if site.config.metrics.listen is None:
        found.append((r"/metrics", health.LocalMetricsHandler))
    return found


def settings(site: Site) -> dict[str, Any]:
    """Return the settings of the application that these routes belong to."""
    secure = site.config.server.base_url.startswith("https://")
    transform = headers.StrictSecurityHeaders if secure else headers.SecurityHeaders
    return {
        "site": site,
        "transforms": [transform],
        "default_handler_class": headers.NotFoundHandler,
        "log_function": headers.log_request,
        "serve_traceback": False,
        "xsrf_cookie_name": cookies.full_name(site.config, cookies.XSRF),
        "xsrf_cookie_kwargs": cookies.attributes(site.config),
    }
