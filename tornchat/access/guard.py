"""The guard against guessing: distinct wrong tokens and room names, counted by place.

It knows nothing of what a right one looks like or of how a ban is kept.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from tornchat.errors import RateLimited

FREE: Final = 5
"""Wrong ones that cost nothing: a stale link, a typo, a browser with old rooms."""
LIMIT: Final = 30
WINDOW: Final = 3600.0
MAX_DELAY: Final = 60.0
BAN_SECONDS: Final = 900.0
MAX_BAN_SECONDS: Final = 86400.0
MEMORY_OF_BANS: Final = 86400.0
MAX_PLACES: Final = 10_000


@dataclass(slots=True)
class _Record:
    """What one place has got wrong: short hashes with the time, oldest first.

    `banned` is when its last ban ends.
    """

    wrong: OrderedDict[bytes, float] = field(default_factory=OrderedDict)
    until: float = 0.0
    bans: int = 0
    banned: float = 0.0


class Guard:
    """Makes guessing slow, then ends it.

    `check` is called before a token or the name of a room is looked at, `wrong` when there was no
    such thing. After 5 distinct wrong ones within an hour each further one delays the place 1, 2,
    4 … 60 s. What comes meanwhile is not looked at and counts as wrong, so that hurrying gains
    nothing. The 30th makes `bans(place, seconds)` be called, with 15 minutes, doubled at each
    repeat within a day up to 24 hours. The place "" is nobody's and passes always. `clock` is
    monotonic. What is kept is bounded: the places that were quiet for longest are forgotten.
    """

    def __init__(self, clock: Callable[[], float], *, bans: Callable[[str, float], None]) -> None:
        self._clock = clock
        self._bans = bans
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def check(self, place: str, what: str = "") -> None:
        """Raise RateLimited while the place has to wait. `what` is to be looked at, if anything."""
        record = self._records.get(place)
        if record is None:
            return
        now = self._clock()
        wait = record.until - now
        if wait > 0:
            if what:
                self._count(place, record, what, now)
            raise RateLimited(f"too many wrong tries: wait {math.ceil(wait)} s", retry_after=wait)

    def wrong(self, place: str, what: str) -> None:
        """Count a token or a room's name that does not exist; the same one counts once."""
        if not place:
            return
        now = self._clock()
        record = self._record(place)
        is_new = self._count(place, record, what, now)
        count = len(record.wrong)
        if is_new and count > FREE:
            record.until = now + min(2.0 ** (count - FREE - 1), MAX_DELAY)

    def _count(self, place: str, record: _Record, what: str, now: float) -> bool:
        """Count something as wrong; False where it is counted already. One too many: a ban."""
        _forget(record, now)
        value = blake2b(what.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if value in record.wrong:
            return False
        record.wrong[value] = now
        if len(record.wrong) >= LIMIT:
            self._ban(place, record, now)
        return True

    def _record(self, place: str) -> _Record:
        record = self._records.setdefault(place, _Record())
        self._records.move_to_end(place)
        if len(self._records) > MAX_PLACES:
            self._records.popitem(last=False)
        return record

    def _ban(self, place: str, record: _Record, now: float) -> None:
        record.wrong.clear()
        repeats = record.bans if now - record.banned <= MEMORY_OF_BANS else 0
        seconds = min(BAN_SECONDS * 2**repeats, MAX_BAN_SECONDS)
        record.bans, record.banned = repeats + 1, now + seconds
        self._bans(place, seconds)


def _forget(record: _Record, now: float) -> None:
    """Drop what is older than the window."""
    while record.wrong and now - next(iter(record.wrong.values())) > WINDOW:
        record.wrong.popitem(last=False)
