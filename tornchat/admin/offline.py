"""What the verbs act on while no server runs: rooms with nobody in them."""

from collections.abc import Awaitable, Collection, Iterable
from typing import Any

from tornchat.chat.attendance import HerePage
from tornchat.errors import CloseCode, Conflict
from tornchat.protocol import AdminEvent
from tornchat.store import RoomRecord
from tornchat.store.records import DraftKind, Outcome


class Offline:
    """Stands in for the hub: keeps the rooms, and has nobody to tell of a change."""

    def __init__(self, records: Iterable[RoomRecord]) -> None:
        self._records = {record.name: record for record in records}

    def records(self) -> list[RoomRecord]:
        return list(self._records.values())

    def record(self, name: str) -> RoomRecord | None:
        return self._records.get(name)

    def present(self, name: str) -> int:
        return 0

    def waiting(self, name: str) -> bool:
        return False

    async def here(self, room: str | None, *, search: str, offset: int, limit: int) -> HerePage:
        return HerePage([], 0)

    def is_here(self, person_id: str, room: str | None) -> bool:
        return False

    def name_of(self, person_id: str) -> str | None:
        return None

    def moderates(self, person_id: str, room: str) -> bool:
        return False

    def add_room(self, record: RoomRecord) -> None:
        self._records[record.name] = record

    def change_room(self, record: RoomRecord) -> None:
        self._records[record.name] = record

    def remove_room(self, name: str) -> None:
        self._records.pop(name, None)

    def apply(self, name: str | None, code: str) -> None:
        pass

    def kick(self, person_id: str, room: str, reason: str = "") -> bool:
        return False

    def expel(
        self, code: CloseCode, *, person_id: str | None = None, place: str | None = None
    ) -> None:
        pass

    def tell_admins(self, event: AdminEvent, rooms: Collection[str] | None = None) -> None:
        pass

    def write(self, room: str, kind: DraftKind, **fields: Any) -> Awaitable[Outcome]:
        raise Conflict("this is for a server that runs: start it first")
