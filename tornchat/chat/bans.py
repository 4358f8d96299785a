"""Who is banned or muted, by place or by person, where, until when, and how often they tried.

It knows nothing of connections: `on_banned` and `on_over` tell whoever has them.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from tornchat.chat.gathering import Gathering
from tornchat.chat.sanctions import Sanctions, is_sanction, keys
from tornchat.errors import ChatError, NotFound
from tornchat.store import BanRecord, Store
from tornchat.store import bans as rows

log = logging.getLogger(__name__)

COUNT_SECONDS = 60.0
"""How often the hits of one ban are written."""


class Bans:
    """Bans from the whole server, and the sanctions of rooms, in memory.

    Built with the store open. A *place* is what `access.places.place` makes of an address: an IPv4
    address or an IPv6 /64. `on_banned(ban)` is called in the turn in which a ban or mute begins to
    count, `on_over(ban)` in that in which one was lifted, or a mute or a ban from a room is over.
    `clock` gives UTC seconds.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self.on_banned: Callable[[BanRecord], None] = lambda ban: None
        self.on_over: Callable[[BanRecord], None] = lambda ban: None
        self.sanctions = Sanctions(clock)
        self._journal = store.journal
        self._gathering = Gathering(store.journal)
        self._clock = clock
        self._held: dict[str, list[BanRecord]] = {}
        self._counted: dict[int, tuple[float, int]] = {}  # when written, hits since
        for ban in store.bans():
            self._hold(ban)

    def find(self, place: str, person_id: str | None = None) -> BanRecord | None:
        """Return a ban from the server that keeps out who comes from there or is this person.

        It is counted that it did.
        """
        for key in (place, person_id):
            for ban in self._held.get(key, ()) if key else ():
                if self._lasts(ban):
                    self.count(ban)
                    return ban
        return None

    def bans(self) -> list[BanRecord]:
        """List the bans and mutes that last, newest first."""
        self._purge()
        found = {ban.id: ban for held in self._held.values() for ban in held if ban.id}
        unstored = [ban for held in self._held.values() for ban in held if not ban.id]
        everything = [*found.values(), *unstored, *self.sanctions]
        return sorted(everything, key=lambda ban: (ban.created, ban.id), reverse=True)

    async def add(
        self,
        *,
        place: str | None,
        person_id: str | None,
        expires: int | None,
        reason: str,
        kind: str = "ban",
        room: str | None = None,
        name: str | None = None,
        author: str = "",
    ) -> BanRecord:
        """Ban or mute a place, a person or both until `expires` (UTC ms; None: for good).

        `room` None: everywhere; a ban is from the whole server then. A mute, or a ban from a room,
        takes the place of an earlier one of the same people there.
        """
        ban = BanRecord(
            id=0,
            place=place,
            person_id=person_id,
            room=room,
            reason=reason,
            created=self._now(),
            expires=expires,
            source="operator",
            hits=0,
            kind=kind,
            name=name,
            author=author,
        )
        earlier = [b for b in self.sanctions if is_sanction(ban) and _same_subject(b, ban)]
        work = partial(_insert, ban=ban, instead_of=[b.id for b in earlier])
        ban.id = await asyncio.wrap_future(self._journal.call(work))
        for other in earlier:
            self._release(other)
        self._begin(ban)
        return ban

    def guard(self, place: str, seconds: float) -> None:
        """Ban a place that guesses; it counts at once, and is stored with the next group."""
        now = self._now()
        ban = BanRecord(
            id=0,
            place=place,
            person_id=None,
            room=None,
            reason="guessed tokens or room names",
            created=now,
            expires=now + int(seconds * 1000),
            source="guard",
            hits=0,
        )
        self._begin(ban)
        self._store(ban)
        log.warning("banned %s for %d s: %s", place, seconds, ban.reason)

    async def remove(self, ban_id: int) -> BanRecord:
        """Lift a ban or a mute. Raises NotFound."""
        found = self.get(ban_id)
        if found is None:
            raise NotFound(f"no ban {ban_id}")
        await asyncio.wrap_future(self._journal.call(partial(rows.remove_ban, ban_id=ban_id)))
        self._release(found)
        self.on_over(found)
        return found

    def get(self, ban_id: int) -> BanRecord | None:
        """Return a ban or mute that lasts."""
        return next((ban for ban in self.bans() if ban.id == ban_id), None)

    def count(self, ban: BanRecord) -> None:
        """Note that it has kept somebody out, or silent, once more."""
        ban.hits += 1
        now = self._clock()
        written, hits = self._counted.get(ban.id, (0.0, 0))
        if ban.id and now - written >= COUNT_SECONDS:
            self._counted[ban.id] = (now, 0)
            self._gathering.note(partial(rows.count_hits, ban_id=ban.id, hits=hits + 1))
        else:
            self._counted[ban.id] = (written, hits + 1)

    def tick(self) -> None:
        """Let go of the mutes, and bans from rooms, whose time is over."""
        for ban in self.sanctions.lapsed():
            self._counted.pop(ban.id, None)
            self.on_over(ban)

    def forget_room(self, name: str) -> None:
        """Forget the sanctions of a room that is gone; another may have its name one day."""
        for ban in [ban for ban in self.sanctions if ban.room == name]:
            self._release(ban)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _lasts(self, ban: BanRecord) -> bool:
        return ban.expires is None or ban.expires > self._now()

    def _begin(self, ban: BanRecord) -> None:
        self._purge()
        self._hold(ban)
        self.on_banned(ban)

    def _hold(self, ban: BanRecord) -> None:
        if is_sanction(ban):
            self.sanctions.add(ban)
        else:
            for key in keys(ban):
                self._held.setdefault(key, []).append(ban)

    def _release(self, ban: BanRecord) -> None:
        self._counted.pop(ban.id, None)
        if is_sanction(ban):
            self.sanctions.discard(ban)
            return
        for key in keys(ban):
            held = self._held.get(key, [])
            if ban in held:
                held.remove(ban)
            if not held:
                self._held.pop(key, None)

    def _purge(self) -> None:
        for ban in [b for held in self._held.values() for b in held if not self._lasts(b)]:
            self._release(ban)

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


def _same_subject(one: BanRecord, other: BanRecord) -> bool:
    return (one.kind, one.room, one.person_id, one.place) == (
        other.kind,
        other.room,
        other.person_id,
        other.place,
    )


def _insert(database: Any, ban: BanRecord, instead_of: Iterable[int] = ()) -> int:
    for ban_id in instead_of:
        rows.remove_ban(database, ban_id)
    return rows.insert_ban(database, ban)
