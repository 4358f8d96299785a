"""The durable log: a journal that writes, a history that reads, tails that remember; peewee's home.

It knows nothing of connections, clients or transports. Start reading at `store.Store`.
"""

from tornchat.store.backup import Restored, backup, restore
from tornchat.store.history import History
from tornchat.store.journal import Journal
from tornchat.store.records import (
    AuditRecord,
    BanRecord,
    BindingRecord,
    Draft,
    Group,
    Outcome,
    Page,
    RoomRecord,
    RoomSpec,
    TokenRecord,
    Written,
)
from tornchat.store.retention import Retention, prune
from tornchat.store.store import Store
from tornchat.store.sweeping import sweep
from tornchat.store.tails import Tails

__all__ = [
    "AuditRecord",
    "BanRecord",
    "BindingRecord",
    "Draft",
    "Group",
    "History",
    "Journal",
    "Outcome",
    "Page",
    "Restored",
    "Retention",
    "RoomRecord",
    "RoomSpec",
    "Store",
    "Tails",
    "TokenRecord",
    "Written",
    "backup",
    "prune",
    "restore",
    "sweep",
]
