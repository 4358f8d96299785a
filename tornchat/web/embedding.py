"""Which pages of others may show a room in a frame: the rules behind `/embed/{room}`.

It knows nothing of what the frame shows.
"""

from collections.abc import Iterable
from typing import Final

from tornchat.access.patterns import matches
from tornchat.config import Config, SiteConfig
from tornchat.web.headers import SECURITY_HEADERS
from tornchat.web.origins import without_path
from tornchat.web.site import RoomState, Site

LONGEST: Final = 2000
"""Characters of sources in one answer; with the rest of the head it stays within 4 KiB."""
_CSP: Final = "Content-Security-Policy"
_NOBODY: Final = "frame-ancestors 'none'"


def ancestors(config: Config, room: RoomState | None, everywhere: Iterable[str]) -> str:
    """Return the sources of `frame-ancestors` for the frame of a room.

    They are our own pages, those of `[server] origins`, those of the sites that the room is open
    to, and its own `origins`. A private room and one that does not exist (None) have every origin
    that is listed anywhere, for a room `everywhere`: the same, so that it says nothing of either.
    """
    if room is None or room.access == "private":
        found = [*config.origins, *everywhere]
    else:
        open_to = (site for site in config.site if _is_open(room, site))
        of_sites = (origin for site in open_to for origin in site.origins)
        found = [*config.server.origins, *of_sites, *room.origins]
    own = without_path(config.server.base_url)
    return " ".join(["'self'", *sorted({*found, own} - {""})])


def frame_headers(site: Site, room: RoomState | None, referer: str) -> dict[str, str]:
    """Return what the frame of a room carries instead of the headers of every other page.

    Where many origins are listed, proxies would refuse a header with all of them: then it names the
    one alone that the browser says it comes from (`referer`). Pages that are isolated from other
    origins (COEP) may show the frame too: it loads nothing of others.
    """
    sources = ancestors(site.config, room, site.hub.origins())
    if len(sources) > LONGEST:
        kept = {"'self'", without_path(site.config.server.base_url), without_path(referer)}
        sources = " ".join(source for source in sources.split() if source in kept)
    return {
        _CSP: SECURITY_HEADERS[_CSP].replace(_NOBODY, f"frame-ancestors {sources}"),
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Referer",
    }


def _is_open(room: RoomState, site: SiteConfig) -> bool:
    named = not room.sites or site.name in room.sites
    return named and any(matches(pattern, room.name) for pattern in site.rooms)
