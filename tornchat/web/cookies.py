"""The cookies of the admin page, the only ones there are: their names and what guards them.

It knows nothing of what they hold.
"""

from typing import Any, Final

from tornchat.config import Config

SESSION: Final = "sid"
XSRF: Final = "xsrf"


def full_name(config: Config, name: str) -> str:
    """Return the name of a cookie: with https one that only this host, by https, can set."""
    return f"__Host-{name}" if config.server.https else name


def attributes(config: Config) -> dict[str, Any]:
    """Return what keeps a cookie from scripts, from http and from what other sites send.

    Lax and not Strict: else a link in a mail would find nobody signed in. What such a link does is
    a GET, which changes nothing; a POST from elsewhere comes without them.
    """
    return {"path": "/", "httponly": True, "samesite": "Lax", "secure": config.server.https}
