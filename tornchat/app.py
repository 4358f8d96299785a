"""The composition root: builds every part from the config, wires them, starts and stops them.

It holds no logic of its own beyond the order of starting and stopping.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from tornchat import __version__, control, heap, logs, secret
from tornchat.access.admintokens import AdminTokens
from tornchat.access.credentials import Credentials
from tornchat.access.guard import Guard
from tornchat.access.guest import GuestTokens
from tornchat.access.places import place
from tornchat.backoffice import BackOffice
from tornchat.chat.bans import Bans
from tornchat.chat.door import Door
from tornchat.chat.hub import Hub
from tornchat.chat.keyring import Keyring
from tornchat.config import Config
from tornchat.control import ControlServer
from tornchat.loop import watch_turns
from tornchat.periodic import Periodic
from tornchat.readiness import problems
from tornchat.sockjs.broadcast import send_all
from tornchat.sockjs.router import SockJSRouter
from tornchat.store import Group, Retention, RoomRecord, RoomSpec, Store, prune
from tornchat.store.database import NAME as DATABASE
from tornchat.store.rooms import create_room
from tornchat.web import static, templates
from tornchat.web.bearers import Bearers
from tornchat.web.connections import connection_limit, raise_file_limit
from tornchat.web.metrics import Metrics
from tornchat.web.origins import Origins
from tornchat.web.server import ChatServer
from tornchat.web.site import Site
from tornchat.wiring import (
    HEARTBEAT_SECONDS,
    room_spec,
    site_tokens,
    sockjs_settings,
)

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
RETENTION_SECONDS = 60.0
FOLDER_SECONDS = 2.0
"""What a command that works on the database itself may need, until it gives the folder back."""
FAN_OUT_SECONDS = 3.0
"""What a stop grants to deliveries under way; with the rest it stays below 10 s."""


class App:
    """A tornchat server.

    `start` opens the store, then listens; `stop` refuses new messages, commits what waits, says
    goodbye to everybody and leaves no task, timer, thread or file behind; `apply` takes over
    another configuration meanwhile. `sections` are more verbs for the office, set before the
    start. When the writer of the log dies, `broken` says why and `on_broken` is called: a
    supervisor should start anew.
    """

    def __init__(self, config: Config, *, dev: bool = False) -> None:
        self._config = config
        self._dev = dev
        self._metrics = Metrics()
        self.sections: Sequence[object] = ()
        self.on_broken = lambda: None
        self.broken = ""
        self.address = ""
        self.setup_link = ""

    async def start(self) -> None:
        """Open everything, in the order of the data. Raises StartError; nothing stays open then."""
        self._loop = asyncio.get_running_loop()
        self._store = Store.open(
            self._config.server.data_dir,
            tail_memory=self._config.rooms.tail_memory,
            patience=FOLDER_SECONDS,
        )
        async with AsyncExitStack() as opened:
            opened.callback(self._store.close)
            self._build()
            opened.callback(self._back_office.close)
            self.setup_link = await self._back_office.open()
            await self._control.start()
            opened.push_async_callback(self._control.stop)
            self._server.start()
            opened.pop_all()
        self._store.start_check()
        self._router.start()
        self._ticker.start()
        self._retention.start()
        self._back_office.start()
        self.address = self._server.address
        self.setup_link = self.setup_link and self.address + self.setup_link
        heap.settle()

    async def stop(self) -> None:
        """Refuse, commit, deliver, say goodbye, close."""
        log.info("stopping")
        self._server.stop_listening()
        await self._control.stop()
        self._hub.drain()
        await self._retention.stop()
        await self._back_office.stop(FAN_OUT_SECONDS)
        await self._hub.visits.finish(self._hub.rooms.all())
        await asyncio.to_thread(self._store.journal.stop)
        await self._delivered()
        await self._ticker.stop()
        self._hub.dismiss()
        await self._router.stop()
        await self._server.stop()
        self._back_office.close()
        self._store.close()

    def _build(self) -> None:
        """Build every part, in the order in which they lean on one another."""
        self._build_rooms()
        self._build_ways_in()
        self._store.journal.failed = self._fail
        self._store.journal.start(self._report)
        self._ticker = Periodic(TICK_SECONDS, self._tick)
        self._retention = Periodic(RETENTION_SECONDS, self._prune)
        self._build_metrics()

    def _build_rooms(self) -> None:
        config, store = self._config, self._store
        store.ensure_rooms([room_spec(room) for room in config.room])
        self._key = secret.load(config.server.secret_key_file)
        guests = GuestTokens(self._key, time.time)
        self._keyring = Keyring(store, time.time)
        self._bans = Bans(store, time.time)
        admins = AdminTokens(self._key, time.time)
        self._credentials = Credentials(guests, site_tokens(config.site, self._key), admins)
        self._guard = Guard(time.monotonic, bans=self._bans.guard)
        self._hub = Hub(
            store,
            rooms=config.rooms,
            patterns=config.room_patterns,
            limits=config.limits,
            guests=guests,
            door=Door(self._credentials, self._keyring, self._guard, self._bans),
            metrics=self._metrics,
            call_soon=self._loop.call_soon,
            clock=time.monotonic,
            utc=time.time,
            heartbeat=HEARTBEAT_SECONDS,
            server=f"tornchat/{__version__}",
            send_all=send_all,
        )
        self._bans.on_banned = self._hub.enforce
        self._bans.on_over = self._hub.relieve
        self._back_office = BackOffice(
            lambda: self._config,
            store,
            hub=self._hub,
            keyring=self._keyring,
            bans=self._bans,
            credentials=self._credentials,
            tokens=admins,
            metrics=self._metrics,
            later=self._loop.call_later,
            more=self.sections,
        )

    def _build_ways_in(self) -> None:
        config, metrics, office = self._config, self._metrics, self._back_office.office
        self._control = ControlServer(office, config.server.data_dir / control.NAME)
        self._most_sessions = connection_limit(config.limits.connections, raise_file_limit())
        self._origins = Origins(config.server.base_url, config.origins)
        self._router = SockJSRouter(
            self._hub.connect,
            "/sockjs",
            sockjs_settings(config, self._admit, self._origins.allowed),
            on_closed=metrics.closed,
            on_refused=metrics.rejected,
        )
        site = Site(
            config=config,
            hub=self._hub,
            access=Bearers(self._hub, self._guard),
            office=office,
            sign_in=self._back_office.sign_in,
            metrics=metrics,
            templates=templates.Templates(templates.packaged(), dev=self._dev),
            static=static.StaticFiles(static.packaged(), dev=self._dev),
            ready=self._problems,
        )
        self._server = ChatServer(site, self._router.urls)

    def _build_metrics(self) -> None:
        metrics = self._metrics
        metrics.connections = lambda: self._router.sessions
        metrics.loop_lag = lambda: self._ticker.lag
        metrics.database = self._config.server.data_dir / DATABASE
        watch_turns(self._loop, metrics.turn)

    async def apply(self, config: Config) -> None:
        """Let another configuration hold, of which what needs a restart is as it was.

        Raises ConfigError for a certificate that is wrong; nothing has changed then.
        """
        self._server.apply(config)
        self._config = config
        logs.configure(config.server.log_level, config.server.log_format)
        self._back_office.apply(config)
        self._origins.allow(config.origins)
        self._most_sessions = connection_limit(config.limits.connections, raise_file_limit())
        if config.limits != self._hub.limits:
            self._hub.limits = config.limits
        self._hub.ondemand.sections = config.room_patterns
        self._hub.visits.age = config.rooms.seen_age
        self._credentials.sites = site_tokens(config.site, self._key)
        for room in config.room:
            if self._hub.record(room.name) is None:
                self._hub.add_room(await self._made(room_spec(room)))

    async def _made(self, spec: RoomSpec) -> RoomRecord:
        """Make a room that the configuration has gained."""
        make = partial(create_room, spec=spec, time=int(time.time() * 1000))
        record: RoomRecord = await asyncio.wrap_future(self._store.journal.call(make))
        return record

    def _admit(self, address: str) -> bool:
        """Say whether there is room for a session; those that poll hold no connection to count."""
        if sum(self._router.sessions.values()) >= self._most_sessions:
            return False
        return self._hub.limiter.admit(place(address))

    def _problems(self) -> list[str]:
        store = self._store
        return list(problems(self._hub, store.journal, store.check, self._ticker.lag))

    def _report(self, group: Group) -> None:
        """Hand a committed group to the loop; called by the journal's thread."""
        self._loop.call_soon_threadsafe(self._hub.on_group, group)

    def _fail(self, why: str) -> None:
        """Note that the journal's thread has died; called by it."""
        self.broken = why
        self._loop.call_soon_threadsafe(self.on_broken)

    def _tick(self) -> None:
        self._hub.tick()
        self._back_office.late(self._ticker.lag)
        heap.sweep()

    async def _prune(self) -> None:
        rooms = self._config.rooms
        retention = Retention(rooms.history_age, rooms.history_messages, rooms.seen_age)
        for name, first in (await prune(self._store.journal, retention, time.time)).items():
            self._hub.prune(name, first)
        await self._hub.archive_idle()
        self._back_office.tick()

    async def _delivered(self) -> None:
        """Wait until what was committed has left, within bounds."""
        deadline = self._loop.time() + FAN_OUT_SECONDS
        await asyncio.sleep(0)
        # Rare and short: polling is simpler than a waiter in each room.
        while self._hub.busy and self._loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
