"""Who is banned from the whole server, by place or by person, until when, and how often they tried.

It knows nothing of connections: `on_banned` tells whoever has them.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from tornchat.chat.gathering import Gathering
from tornchat.errors import ChatError, NotFound
from tornchat.store import BanRecord, Store
from tornchat.store import bans as rows

log = logging.getLogger(__name__)

COUNT_SECONDS = 60.0
"""How often the hits of one ban are written."""


class Bans:
    """The bans of the whole server, in memory.

    Built with the store open. A *place* is what `access.places.place` makes of an address: an IPv4
    address or an IPv6 /64. `on_banned(ban)` is called in the turn in which a ban begins to count,
    so that the connections it is about can be ended. `clock` gives UTC seconds.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self.on_banned: Callable[[BanRecord], None] = lambda ban: None
        self._journal = store.journal
        self._gathering = Gathering(store.journal)
        self._clock = clock
        self._held: dict[str, list[BanRecord]] = {}
        self._counted: dict[int, tuple[float, int]] = {}  # when written, hits since
        for ban in store.bans():
            if ban.room is None:
                self._hold(ban)

    def find(self, place: str, person_id: str | None = None) -> BanRecord | None:
        """Return a ban that keeps out who comes from there or is this person; count that it did."""
        for key in (place, person_id):
            for ban in self._held.get(key, ()) if key else ():
                if self._lasts(ban):
                    self._hit(ban)
                    return ban
        return None

    def bans(self) -> list[BanRecord]:
        """List the bans that last, newest first."""
        self._purge()
        found = [ban for held in self._held.values() for ban in held]
        return sorted(found, key=lambda ban: (ban.created, ban.id), reverse=True)

    async def add(
        self, *, place: str | None, person_id: str | None, expires: int | None, reason: str
    ) -> BanRecord:
        """Ban a place or a person (one of the two) until `expires` (UTC ms; None: for good)."""
        ban = self._new(place, person_id, expires, reason, "operator")
        ban.id = await asyncio.wrap_future(self._journal.call(partial(_insert, ban=ban)))
        self._begin(ban)
        return ban

    def guard(self, place: str, seconds: float) -> None:
        """Ban a place that guesses; it counts at once, and is stored with the next group."""
        expires = self._now() + int(seconds * 1000)
        ban = self._new(place, None, expires, "guessed tokens or room names", "guard")
        self._begin(ban)
        self._store(ban)
        log.warning("banned %s for %d s: %s", place, seconds, ban.reason)

    async def remove(self, ban_id: int) -> BanRecord:
        """Lift a ban. Raises NotFound."""
        found = [ban for ban in self.bans() if ban.id == ban_id]
        if not found:
            raise NotFound(f"no ban {ban_id}")
        await asyncio.wrap_future(self._journal.call(partial(rows.remove_ban, ban_id=ban_id)))
        self._release(found[0])
        return found[0]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _lasts(self, ban: BanRecord) -> bool:
        return ban.expires is None or ban.expires > self._now()

    def _new(
        self,
        place: str | None,
        person_id: str | None,
        expires: int | None,
        reason: str,
        source: str,
    ) -> BanRecord:
        return BanRecord(
            id=0,
            place=place,
            person_id=person_id,
            room=None,
            reason=reason,
            created=self._now(),
            expires=expires,
            source=source,
            hits=0,
        )

    def _begin(self, ban: BanRecord) -> None:
        self._purge()
        self._hold(ban)
        self.on_banned(ban)

    def _hold(self, ban: BanRecord) -> None:
        self._held.setdefault(_key(ban), []).append(ban)

    def _release(self, ban: BanRecord) -> None:
        held = self._held.get(_key(ban), [])
        if ban in held:
            held.remove(ban)
        if not held:
            self._held.pop(_key(ban), None)
        self._counted.pop(ban.id, None)

    def _purge(self) -> None:
        for ban in [b for held in self._held.values() for b in held if not self._lasts(b)]:
            self._release(ban)

    def _hit(self, ban: BanRecord) -> None:
        ban.hits += 1
        now = self._clock()
        written, hits = self._counted.get(ban.id, (0.0, 0))
        if ban.id and now - written >= COUNT_SECONDS:
            self._counted[ban.id] = (now, 0)
            self._gathering.note(partial(rows.count_hits, ban_id=ban.id, hits=hits + 1))
        else:
            self._counted[ban.id] = (written, hits + 1)

    def _store(self, ban: BanRecord) -> None:
        """Store a ban that counts already; where that fails it ends with the process."""
        try:
            call = self._journal.call(partial(_insert, ban=ban))
        except ChatError as error:
            log.warning("a ban could not be stored: %s", error)
        else:
            asyncio.wrap_future(call).add_done_callback(partial(_stored, ban))


def _stored(ban: BanRecord, done: "asyncio.Future[int]") -> None:
    error = done.exception()
    if error is None:
        ban.id = done.result()
    else:
        log.warning("a ban could not be stored: %s", error)


def _key(ban: BanRecord) -> str:
    return ban.place or ban.person_id or ""


def _insert(database: Any, ban: BanRecord) -> int:
    return rows.insert_ban(
        database,
        place=ban.place,
        person_id=ban.person_id,
        reason=ban.reason,
        created=ban.created,
        expires=ban.expires,
        source="guard" if ban.source == "guard" else "operator",
    )
