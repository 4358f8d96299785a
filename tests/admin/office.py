"""Where an operator works: keyring, bans and the verbs over a real store, with no server."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.access.tokens import SECRET, Clock, credentials
from tests.admin.machine import Machine
from tests.admin.operator import Operator
from tests.chat.place import PATIENCE, ROOMS, SPECS
from tests.chat.running import scenarios
from tornchat import wiring
from tornchat.access.admintokens import AdminTokens
from tornchat.admin.offline import Offline
from tornchat.chat.bans import Bans
from tornchat.chat.directory import SETTINGS
from tornchat.chat.keyring import Keyring
from tornchat.config import Config, SiteConfig, load
from tornchat.errors import CloseCode
from tornchat.protocol import AdminEvent
from tornchat.store import BanRecord, RoomRecord, Store


class Witness(Offline):
    """Stands where the hub does, and keeps what it was told together with what was on disk then."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.rooms())
        self.told: list[tuple[Any, ...]] = []
        self.news: list[tuple[AdminEvent, Any]] = []
        self.people: dict[str, int] = {}
        self.unattended: set[str] = set()
        self._store = store

    def present(self, name: str) -> int:
        return self.people.get(name, 0)

    def waiting(self, name: str) -> bool:
        return name in self.unattended

    def tell_admins(self, event: AdminEvent, rooms: Any = None) -> None:
        self.news.append((event, rooms))

    def add(self, record: RoomRecord) -> None:
        """Take a room as it is given, whatever the disk says."""
        super().add_room(record)

    def add_room(self, record: RoomRecord) -> None:
        assert record.name in self._on_disk()
        self.told.append(("add", record.name))
        super().add_room(record)

    def change_room(self, record: RoomRecord) -> None:
        stored, before = self._on_disk()[record.name], self.record(record.name)
        # Of two changes that were stored together the first knows nothing of the second's version.
        settings = [setting for setting in SETTINGS if setting != "version"]
        changed = [s for s in settings if getattr(record, s) != getattr(before, s)]
        assert [getattr(stored, s) for s in changed] == [getattr(record, s) for s in changed]
        self.told.append(("change", record.name))
        super().change_room(record)

    def remove_room(self, name: str) -> None:
        assert name not in self._on_disk()
        self.told.append(("remove", name))
        super().remove_room(name)

    def apply(self, name: str | None, code: str) -> None:
        self.told.append(("apply", name, code))

    def expel(
        self, code: CloseCode, *, person_id: str | None = None, place: str | None = None
    ) -> None:
        self.told.append(("expel", code, person_id or place))

    def _on_disk(self) -> dict[str, RoomRecord]:
        return {record.name: record for record in self._store.rooms()}


class Office:
    """A store, and everything that administers it."""

    def __init__(self, store: Store, folder: Path, clock: Clock, base_url: str) -> None:
        self.store = store
        self.clock = clock
        self.keyring = Keyring(store, clock)
        self.bans = Bans(store, clock)
        self.banned: list[BanRecord] = []
        self.bans.on_banned = self.banned.append
        self.live = Witness(store)
        self.config = configured(base_url)
        self.tokens = AdminTokens(SECRET, clock)
        self.sign_in = wiring.sign_in(self.config, store, self.tokens, clock)
        self.machine = Machine(store, folder, clock)
        self.verbs = wiring.office(
            lambda: self.config,
            store,
            live=self.live,
            keyring=self.keyring,
            bans=self.bans,
            credentials=credentials(clock),
            sign_in=self.sign_in,
            more=self.machine.sections,
            clock=clock,
        )
        self.administration = Operator(self.verbs)

    async def written(self) -> None:
        """Wait until what was handed to the journal before is on disk, and has come back."""
        await asyncio.sleep(0)
        await asyncio.wrap_future(self.store.journal.call(lambda _: None))
        for _ in range(5):
            await asyncio.sleep(0)

    @contextmanager
    def slow_disk(self) -> Iterator[None]:
        """Let nothing be written before the end of the block."""
        gate = threading.Event()
        self.store.journal.call(lambda _: gate.wait(PATIENCE))
        try:
            yield
        finally:
            gate.set()


def configured(base_url: str) -> Config:
    """Return a configuration with the rooms' defaults of the chat's tests, and two sites."""
    found = load(None, {}, {"server.base_url": base_url} if base_url else {})
    sites = tuple(SiteConfig(name, (), (), ("*",)) for name in ("blog", "shop"))
    return replace(found, rooms=ROOMS, site=sites)


@asynccontextmanager
async def open_office(
    folder: Path, *, clock: Clock | None = None, base_url: str = ""
) -> AsyncIterator[Office]:
    """Open the store in a folder, and an office over it."""
    clock = clock or Clock()
    store = Store.open(folder, clock=clock)
    store.ensure_rooms(SPECS)
    office = Office(store, folder, clock, base_url)
    store.journal.start(lambda group: None)
    try:
        yield office
    finally:
        await office.machine.backups.stop()
        office.sign_in.stop()
        store.close()


scenario = scenarios(open_office)
