"""How many connections are open, in all and from each address, and no more than that.

It knows nothing of what travels on them.
"""

import logging
import resource
from collections import Counter
from collections.abc import Callable
from typing import Final

from tornado.iostream import BaseIOStream, IOStream, SSLIOStream

log = logging.getLogger(__name__)

RESERVED_FILES: Final = 128
"""Files that are not connections: the database, its readers, what a backup opens."""
NOBODY: Final = ""
"""The place of connections that count in all only."""


def raise_file_limit() -> int:
    """Allow this process as many open files as the system lets it; return how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def connection_limit(wanted: int, files: int) -> int:
    """Return how many connections may be open: as configured, as far as there are files for it."""
    possible = max(files - RESERVED_FILES, files // 2)
    if wanted > possible:
        log.warning("connections: %d wanted, %d open files allow %d", wanted, files, possible)
    return min(wanted or possible, possible)


class Connections:
    """Counts open connections.

    `limit` holds for all together, `place_limit` for each place (an address, or an IPv6 /64); 0
    means none. Both may be changed at any time, and hold for whoever comes then. Every `enter` that
    returned True is followed by one `leave` of the same place.
    """

    def __init__(self, limit: int, place_limit: int) -> None:
        self.limit = limit
        self.place_limit = place_limit
        self.total = 0
        self._places: Counter[str] = Counter()
        self._full = False

    def enter(self, place: str) -> bool:
        """Count a connection, if there is room for it."""
        if self.limit and self.total >= self.limit:
            self._say_full()
            return False
        if not self._take(place):
            return False
        self.total += 1
        return True

    def leave(self, place: str) -> None:
        """Count a connection out."""
        self.total -= 1
        self._give_back(place)
        if self._full and self.total < 0.9 * self.limit:
            self._full = False

    def move(self, old: str, new: str) -> bool:
        """Count a connection for another place from now on, if there is room for it there."""
        if old == new:
            return True
        if not self._take(new):
            return False
        self._give_back(old)
        return True

    def _take(self, place: str) -> bool:
        if place == NOBODY:
            return True
        if self.place_limit and self._places[place] >= self.place_limit:
            return False
        self._places[place] += 1
        return True

    def _give_back(self, place: str) -> None:
        if place != NOBODY:
            self._places[place] -= 1
            if not self._places[place]:
                del self._places[place]

    def _say_full(self) -> None:
        if not self._full:
            self._full = True
            log.warning("%d connections are open: more are turned away", self.total)


class CountedStream(BaseIOStream):
    """A stream that says when its socket is closed, whoever closed it and why.

    `place` is what it is counted for. Tornado's close callback would not do: whoever reads next
    replaces it.
    """

    place = NOBODY
    on_socket_closed: Callable[[str], None] | None = None

    def close_fd(self) -> None:
        """Close the socket (called by tornado, once)."""
        super().close_fd()
        if self.on_socket_closed is not None:
            self.on_socket_closed(self.place)
            self.on_socket_closed = None


class PlainStream(CountedStream, IOStream):
    """A counted stream."""


class TLSStream(CountedStream, SSLIOStream):
    """A counted stream over TLS."""
