"""Browsers that are signed in: who they are, for how long, and how that ends.

It knows nothing of cookies or of passwords.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import partial
from hashlib import sha256
from typing import Final

from tornchat.chat.gathering import Gathering
from tornchat.store import Journal
from tornchat.store import accounts as rows
from tornchat.store.accounts import SessionRecord

SEEN_SECONDS: Final = 60.0
"""How often the use of a session is written."""
PER_ACCOUNT: Final = 50
"""Sessions of one account; the one that was quiet for longest ends first."""
MAX_AGENT: Final = 200
_ID_BYTES: Final = 32


class Sessions:
    """The sessions, in memory by the SHA-256 of their ids, written through the journal.

    One ends `idle` seconds after its last use, `age` seconds after its beginning, or when it is
    closed; `on_ended(digest in hex)` is called once for each, in the turn in which it stops to
    count, so that its sockets can be closed. `tick` ends those whose time has come; one that nobody
    has asked for ends there too. `idle` and `age` may be replaced. `clock` gives UTC seconds.
    """

    def __init__(
        self,
        journal: Journal,
        records: Iterable[SessionRecord],
        *,
        idle: float,
        age: float,
        clock: Callable[[], float],
    ) -> None:
        self.on_ended: Callable[[str], None] = lambda digest: None
        self.idle = idle
        self.age = age
        self._journal = journal
        self._gathering = Gathering(journal)
        self._clock = clock
        self._held: dict[bytes, SessionRecord] = {}
        self._written: dict[bytes, int] = {}
        self._by_account: defaultdict[int, dict[bytes, SessionRecord]] = defaultdict(dict)
        for record in records:
            self._hold(record)

    def of(self, account_id: int) -> list[SessionRecord]:
        """Return the sessions of an account, the one used last first."""
        found = [session for session in self._all_of(account_id) if self._lasts(session)]
        return sorted(found, key=lambda session: session.seen, reverse=True)

    def lasts(self, digest_hex: str) -> bool:
        """Return whether a session still counts, by its digest in hex."""
        session = self._held.get(bytes.fromhex(digest_hex))
        return session is not None and self._lasts(session)

    def find(self, text: str, place: str) -> SessionRecord | None:
        """Return the session of an id that came from `place`, and note that it was used."""
        session = self._held.get(digest(text))
        if session is None or not self._lasts(session):
            return None
        session.seen, session.place = self._now(), place
        if session.seen - self._written[session.digest] >= SEEN_SECONDS * 1000:
            self._written[session.digest] = session.seen
            touch = partial(rows.touch_session, seen=session.seen, place=place)
            self._gathering.note(partial(touch, digest=session.digest))
        return session

    async def open(self, account_id: int, place: str, agent: str) -> tuple[str, SessionRecord]:
        """Begin a session; return its id, which is nowhere else, with its record."""
        text = secrets.token_urlsafe(_ID_BYTES)
        now = self._now()
        session = SessionRecord(digest(text), account_id, now, now, place, agent[:MAX_AGENT])
        insert = partial(rows.insert_session, record=session)
        await asyncio.wrap_future(self._journal.call(insert))
        self._hold(session)
        await self._end(self.of(account_id)[PER_ACCOUNT:])
        return text, session

    async def close(self, session: SessionRecord) -> None:
        """End a session."""
        await self._end([session])

    async def close_all(self, account_id: int, but: bytes | None = None) -> int:
        """End all sessions of an account, except one; return how many."""
        mine = [session for session in self._all_of(account_id) if session.digest != but]
        await self._end(mine)
        return len(mine)

    def tick(self) -> None:
        """End the sessions whose time has come (called now and then)."""
        over = [session for session in self._held.values() if not self._lasts(session)]
        if over:
            self._forget(over)
            work = partial(rows.remove_sessions, digests=[session.digest for session in over])
            self._gathering.note(work)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _lasts(self, session: SessionRecord) -> bool:
        now = self._now()
        return now < session.seen + self.idle * 1000 and now < session.created + self.age * 1000

    def _hold(self, session: SessionRecord) -> None:
        self._held[session.digest] = session
        self._written[session.digest] = session.seen
        self._by_account[session.account_id][session.digest] = session

    def _all_of(self, account_id: int) -> list[SessionRecord]:
        return list(self._by_account.get(account_id, {}).values())

    async def _end(self, ended: Collection[SessionRecord]) -> None:
        """End sessions: at once for those who hold them, whatever the disk says then."""
        if not ended:
            return
        self._forget(ended)
        work = partial(rows.remove_sessions, digests=[session.digest for session in ended])
        await asyncio.wrap_future(self._journal.call(work))

    def _forget(self, ended: Iterable[SessionRecord]) -> None:
        for session in ended:
            if self._held.pop(session.digest, None) is not None:
                del self._written[session.digest]
                self._let_go(session)
                self.on_ended(session.digest.hex())

    def _let_go(self, session: SessionRecord) -> None:
        mine = self._by_account[session.account_id]
        del mine[session.digest]
        if not mine:
            del self._by_account[session.account_id]


def digest(text: str) -> bytes:
    """Return what is kept of a session's id; it has 256 random bits, so a plain hash will do."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
