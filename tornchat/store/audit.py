"""The audit log as rows, which are only ever added (the schema's triggers see to that).

It knows nothing of what the verbs mean.
"""

from dataclasses import dataclass
from typing import Any, Final

from peewee import Database

from tornchat.store.models import AuditEntry
from tornchat.store.records import AuditRecord
from tornchat.store.sql import fetch

_COLUMNS: Final = tuple(getattr(AuditEntry, name) for name in AuditRecord.__slots__)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows are meant; None leaves a thing open.

    `text` is looked for in actors and subjects, in any case of ASCII. `since` (inclusive) and
    `until` (exclusive) are UTC ms.
    """

    text: str | None = None
    verb: str | None = None
    room: str | None = None
    since: int | None = None
    until: int | None = None


def append_audit(database: Database, **values: Any) -> int:
    """Add a row, inside a transaction of the journal; return its id."""
    return int(AuditEntry.insert(values).execute(database))


def read_audit(
    database: Database,
    wanted: AuditFilter,
    *,
    limit: int,
    before: int | None = None,
    after: int | None = None,
) -> list[AuditRecord]:
    """Return rows newest first, ≤ `limit`.

    `before` and `after` are ids, exclusive, one of the two: the rows next to it on that side.
    """
    where = list(_conditions(wanted))
    if before is not None:
        where.append(AuditEntry.id < before)
    if after is not None:
        where.append(AuditEntry.id > after)
    order = AuditEntry.id.desc() if after is None else AuditEntry.id
    query = AuditEntry.select(*_COLUMNS).where(*where).order_by(order).limit(limit)
    found = [AuditRecord(*row) for row in fetch(database, query)]
    return found if after is None else found[::-1]


def _conditions(wanted: AuditFilter) -> list[Any]:
    found: list[Any] = [AuditEntry.id > 0]
    if wanted.text is not None:
        found.append(
            AuditEntry.actor.contains(wanted.text) | AuditEntry.subject.contains(wanted.text)
        )
    if wanted.verb is not None:
        found.append(AuditEntry.verb == wanted.verb)
    if wanted.room is not None:
        found.append(AuditEntry.room == wanted.room)
    if wanted.since is not None:
        found.append(AuditEntry.time >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEntry.time < wanted.until)
    return found
