"""The audit log as a page, and as a file to take along.

It knows nothing of who writes it.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tornchat.errors import BadRequest
from tornchat.store import AuditRecord
from tornchat.web.admin.paging import address
from tornchat.web.admin.session import AdminHandler

PAGE: Final = 50
DAY_MS: Final = 86_400_000
STEP: Final = 100
"""Rows that an export reads at a time, all that a verb gives."""
COLUMNS: Final = tuple(field.name for field in fields(AuditRecord))
TYPES: Final = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for something to carry out (THREATS 72)."""


class AuditPage(AdminHandler):
    """What the page and the export have in common: the filters in the query."""

    def filters(self) -> dict[str, str]:
        """Return the filters as they stand in the query, those that say something."""
        found = {name: self.get_query_argument(name, "") for name in _FILTERS}
        return {name: text for name, text in found.items() if text}

    async def rows(self, query: dict[str, str], **position: Any) -> list[AuditRecord]:
        """Return the rows that the filters mean, newest first."""
        wanted = {_FILTERS[name][0]: _FILTERS[name][1](name, text) for name, text in query.items()}
        found: list[AuditRecord] = await self.perform("audit", **wanted, **position)
        return found


class AuditHandler(AuditPage):
    """`/admin/audit`: who did what to whom, when, from where."""

    async def get(self) -> None:
        """Show a page of it, from the newest row, or from one to either side."""
        query = self.filters()
        before, after = (self._position(name) for name in ("before", "after"))
        # One more than is shown tells whether there is another page.
        found = await self.rows(query, before=before, after=after, limit=PAGE + 1)
        more = len(found) > PAGE
        rows = found[1:] if more and after is not None else found[:PAGE]
        newer = bool(rows) and (more if after is not None else before is not None)
        older = bool(rows) and (more if after is None else True)
        self.write_admin(
            "admin_audit.html",
            title="Audit log",
            section="audit",
            rows=[(row, details(row.detail)) for row in rows],
            query=query,
            deed=deed,
            verbs=self._verbs(),
            newer=address(query, after=str(rows[0].id)) if newer else "",
            older=address(query, before=str(rows[-1].id)) if older else "",
            exports={kind: f"audit/export{address(query, format=kind)}" for kind in TYPES},
        )

    head = get

    def _position(self, name: str) -> int | None:
        text = self.get_query_argument(name, "")
        return _number(name, text) if text else None

    def _verbs(self) -> list[str]:
        """Return what may stand in the log, by name."""
        verbs = self.site.office.verbs.items()
        return sorted(name for name, verb in verbs if not verb.rule.reads)


class AuditExportHandler(AuditPage):
    """`/admin/audit/export`: the log with the filters of the page, as CSV or one JSON to a line."""

    async def get(self) -> None:
        """Send it in steps, as fast as it is taken."""
        kind = self.get_query_argument("format", "csv")
        if kind not in TYPES:
            raise BadRequest(f"format: expected one of {', '.join(TYPES)}")
        query = self.filters()
        steps = self._steps(query)
        first = await anext(steps)  # a wrong filter is refused before anything is sent
        self.set_header("Content-Type", TYPES[kind])
        self.set_header("Content-Disposition", f'attachment; filename="audit.{kind}"')
        if kind == "csv":
            self.write(_csv([COLUMNS]))
        self._write_rows(kind, first)
        async for rows in steps:
            await self.flush()
            self._write_rows(kind, rows)

    async def _steps(self, query: dict[str, str]) -> AsyncIterator[list[AuditRecord]]:
        """Yield the rows, newest first, a step at a time; at least one step, empty or not."""
        rows = await self.rows(query, limit=STEP)
        yield rows
        while len(rows) == STEP:
            rows = await self.rows(query, before=rows[-1].id, limit=STEP)
            yield rows

    def _write_rows(self, kind: str, rows: list[AuditRecord]) -> None:
        if kind == "csv":
            self.write(_csv(map(_cells, rows)))
        else:
            self.write(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def deed(verb: str) -> str:
    """Return a verb in words."""
    return verb.replace("_", " ")


def details(text: str) -> list[tuple[str, str]]:
    """Return the arguments of a row by name, in words."""
    try:
        found = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        found = text
    if not isinstance(found, dict):
        return [("", str(found))]
    return [(name.replace("_", " "), _words(value)) for name, value in found.items()]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _csv(rows: Any) -> str:
    """Return lines of CSV (RFC 4180), every cell in quotes."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


def _cells(row: AuditRecord) -> Iterator[str]:
    """Yield the cells of a row: times as ISO 8601, nothing that a spreadsheet would carry out."""
    for name in COLUMNS:
        value = getattr(row, name)
        if name == "time":
            value = datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
        text = "" if value is None else str(value)
        yield f"'{text}" if text.startswith(_FORMULA) else text


def _day(name: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadRequest(f"{name}: expected a day such as 2026-11-21") from None


def _since(name: str, text: str) -> int:
    return _milliseconds(_day(name, text))


def _until(name: str, text: str) -> int:
    """Return the end of the day: it belongs to what is asked for."""
    return _milliseconds(_day(name, text)) + DAY_MS


def _milliseconds(moment: datetime) -> int:
    return max(0, int(moment.timestamp() * 1000))


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise BadRequest(f"{name}: expected the number of a row")
    return int(text)


def _as_it_is(name: str, text: str) -> str:
    return text


_FILTERS: Final = {
    "search": ("text", _as_it_is),
    "verb": ("verb", _as_it_is),
    "room": ("room", _as_it_is),
    "since": ("since", _since),
    "until": ("until", _until),
}
"""What the query calls a filter: what the verb calls it, and how its text becomes a value."""
