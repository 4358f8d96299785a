"""The first page: how the server does now, how it did, what went wrong, what was done lately.

It knows nothing of how figures are taken.
"""

from collections.abc import Callable, Mapping
from typing import Final

from tornchat.admin.readings import Sample
from tornchat.web.admin import charts
from tornchat.web.admin.auditlog import deed
from tornchat.web.admin.charts import Chart, Series, Values
from tornchat.web.admin.session import AdminHandler

SLOTS: Final = {"hour": 360, "day": 288}
"""How many samples a span has when it is full."""
AXIS: Final = {"hour": "1 h ago", "day": "1 day ago"}
LATEST: Final = 5
MEGABYTE: Final = 1e6
_KINDS: Final = {
    "WebSocket": ("websocket", "raw"),
    "streaming": ("xhr-streaming", "eventsource"),
    "polling": ("xhr",),
}
"""Transports as people speak of them."""


class DashboardHandler(AdminHandler):
    """`/admin/`: the dashboard; moderators of rooms begin with their rooms."""

    needs_admin = False

    async def get(self) -> None:
        """Show the figures of the last hour, or of the last day (`?span=day`)."""
        if self.actor.rooms is not None:
            self.redirect(f"{self.admin_root}rooms")
            return
        span = "day" if self.get_query_argument("span", "") == "day" else "hour"
        found = await self.perform("figures", span=span)
        self.write_admin(
            "admin_dashboard.html",
            title="Dashboard",
            section="dashboard",
            span=span,
            axis=AXIS[span],
            tiles=tiles(found.now, found.samples, SLOTS[span]),
            charts=drawn(found.samples, SLOTS[span]),
            errors=found.errors,
            deed=deed,
            latest=await self.perform("audit", limit=LATEST),
            problems=list(self.site.ready()),
        )

    head = get


class Tile:
    """A number with its line: `key` is what `texts` calls it."""

    def __init__(self, key: str, title: str, line: Series) -> None:
        self.key = key
        self.title = title
        self.line = line
        self.value = ""
        self.detail = ""


def texts(now: Sample) -> dict[str, str]:
    """Return the newest figures in words, by the names that the page's `data-figure` has."""
    kinds = of_kinds(now.connections)
    shown = [f"{charts.count(number)} {kind}" for kind, number in kinds.items() if number]
    return {
        "connections": charts.count(sum(now.connections.values())),
        "connections_detail": " · ".join(shown) or "nobody is here",
        "messages": charts.count(now.messages),
        "messages_detail": "a minute",
        "delivery": _delay(now.delivery_p99),
        "delivery_detail": _half(now.delivery_p50, "nothing delivered just now"),
        "commit": _delay(now.commit_p99),
        "commit_detail": _half(now.commit_p50, "nothing written just now"),
        "lag": charts.delay(now.lag),
        "lag_detail": "longest in 10 s",
        "memory": charts.size(now.memory),
        "memory_detail": "resident",
        "database": charts.size(now.database),
        "database_detail": "on disk",
        "wal": charts.size(now.wal),
        "wal_detail": "on its way into the database",
    }


def tiles(now: Sample, samples: list[Sample], slots: int) -> list[Tile]:
    """Return the tiles at the top of the page."""
    said = texts(now)
    found = []
    for key, title, value, least in _TILES:
        line = charts.spark([value(sample) for sample in samples], slots=slots, least=least)
        tile = Tile(key, title, line)
        tile.value, tile.detail = said[key], said[f"{key}_detail"]
        found.append(tile)
    return found


def drawn(samples: list[Sample], slots: int) -> list[Chart]:
    """Return the charts, each over the whole span."""

    def line(value: Callable[[Sample], float | None]) -> Values:
        return [value(sample) for sample in samples]

    by_kind = [of_kinds(sample.connections) for sample in samples]
    connections = [(kind, [kinds[kind] for kinds in by_kind]) for kind in _KINDS]
    delivery = [("p50", line(lambda s: s.delivery_p50)), ("p99", line(lambda s: s.delivery_p99))]
    commit = [("p50", line(lambda s: s.commit_p50)), ("p99", line(lambda s: s.commit_p99))]
    sizes = [
        ("memory", line(lambda s: s.memory)),
        ("database", line(lambda s: s.database)),
        ("WAL", line(lambda s: s.wal)),
    ]
    count, delay, size = charts.count, charts.delay, charts.size
    return [
        charts.chart("connections", "Connections", connections, slots=slots, words=count, least=10),
        charts.chart(
            "messages", "Messages per minute", [("", line(lambda s: s.messages))],
            slots=slots, words=count, least=10,
        ),
        charts.chart("delivery", "Delivery delay", delivery, slots=slots, words=delay, least=10),
        charts.chart("commit", "Commit time", commit, slots=slots, words=delay, least=10),
        charts.chart(
            "lag", "Loop lag", [("", line(lambda s: s.lag))], slots=slots, words=delay, least=10
        ),
        charts.chart(
            "sizes", "Memory and disk", sizes, slots=slots, words=size, least=MEGABYTE
        ),
    ]  # fmt: skip


def of_kinds(connections: Mapping[str, int]) -> dict[str, int]:
    """Return the connections by what kind their transport is of."""
    return {
        kind: sum(connections.get(transport, 0) for transport in transports)
        for kind, transports in _KINDS.items()
    }


def _delay(milliseconds: float | None) -> str:
    return charts.NOTHING if milliseconds is None else charts.delay(milliseconds)


def _half(milliseconds: float | None, nothing: str) -> str:
    return nothing if milliseconds is None else f"p99; half within {charts.delay(milliseconds)}"


_TILES: Final[tuple[tuple[str, str, Callable[[Sample], float | None], float], ...]] = (
    ("connections", "Connections", lambda s: sum(s.connections.values()), 10),
    ("messages", "Messages", lambda s: s.messages, 10),
    ("delivery", "Delivery delay", lambda s: s.delivery_p99, 10),
    ("commit", "Commit time", lambda s: s.commit_p99, 10),
    ("lag", "Loop lag", lambda s: s.lag, 10),
    ("memory", "Memory", lambda s: s.memory, MEGABYTE),
    ("database", "Database", lambda s: s.database, MEGABYTE),
    ("wal", "Write-ahead log", lambda s: s.wal, MEGABYTE),
)
