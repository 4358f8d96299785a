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
HURRY_LIMIT: Final = 300
"""Distinct ones shown while the place had to wait. They may be right: a school of members behind
the address of one who guesses comes back within seconds after a restart."""
WINDOW: Final = 3600.0
MAX_DELAY: Final = 60.0
BAN_SECONDS: Final = 900.0
MAX_BAN_SECONDS: Final = 86400.0
MEMORY_OF_BANS: Final = 86400.0
MAX_PLACES: Final = 10_000


@dataclass(slots=True)
class _Record:
    """What one place has got wrong: short hashes with the time, oldest first.

    `hurried` is what came while it had to wait; `banned` is when its last ban ends.
    """

    wrong: OrderedDict[bytes, float] = field(default_factory=OrderedDict)
    hurried: OrderedDict[bytes, float] = field(default_factory=OrderedDict)
    until: float = 0.0
    bans: int = 0
    banned: float = 0.0


class Guard:
    """Makes guessing slow, then ends it.

    `check` is called before a token or the name of a room is looked at, `wrong` when there was no
    such thing. After 5 distinct wrong ones within an hour each further one delays the place 1, 2,
    4 … 60 s. What comes meanwhile is not looked at. The 30th, or the 300th of those that came in a
    hurry, makes `bans(place, seconds)` be called, with 15 minutes, doubled at each
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
                _count(record.hurried, what, now)
            if len(record.hurried) >= HURRY_LIMIT:
                self._ban(place, record, now)
            raise RateLimited(f"too many wrong tries: wait {math.ceil(wait)} s", retry_after=wait)

    def wrong(self, place: str, what: str) -> None:
        """Count a token or a room's name that does not exist; the same one counts once."""
        if not place:
            return
        now = self._clock()
        record = self._record(place)
        if not _count(record.wrong, what, now):
            return
        count = len(record.wrong)
        if count > FREE:
            record.until = now + min(2.0 ** (count - FREE - 1), MAX_DELAY)
        if count >= LIMIT:
            self._ban(place, record, now)

    def _record(self, place: str) -> _Record:
        record = self._records.setdefault(place, _Record())
        self._records.move_to_end(place)
        if len(self._records) > MAX_PLACES:
            self._records.popitem(last=False)
        return record

    def _ban(self, place: str, record: _Record, now: float) -> None:
        record.wrong.clear()
        record.hurried.clear()
        repeats = record.bans if now - record.banned <= MEMORY_OF_BANS else 0
        seconds = min(BAN_SECONDS * 2**repeats, MAX_BAN_SECONDS)
        record.bans, record.banned = repeats + 1, now + seconds
        self._bans(place, seconds)


def _count(counted: OrderedDict[bytes, float], what: str, now: float) -> bool:
    """Count something; False where it is counted already. What is older than the window goes."""
    while counted and now - next(iter(counted.values())) > WINDOW:
        counted.popitem(last=False)
    value = blake2b(what.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    if value in counted:
        return False
    counted[value] = now
    return True
