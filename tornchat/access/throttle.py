"""How often somebody may try to sign in, by account and by place, the clock injected.

It knows nothing of passwords.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from tornchat.errors import RateLimited

WINDOW: Final = 900.0
PER_ACCOUNT: Final = 5
"""Wrong tries at one account from one place."""
PER_PLACE: Final = 20
"""Wrong tries from one place at whatever account."""
PER_CODE: Final = 20
"""Wrong one-time codes at one account from all places: only who has the password gets that far."""
MAX_KEPT: Final = 20_000

_Key = tuple[str, str]


class LoginThrottle:
    """Lets 5 wrong tries at an account pass from one place, and 20 from a place, in 15 minutes.

    A try counts before its password is looked at, so that many at once are no way around; `right`
    takes back what it counted. An account has no limit over all places: its owner, elsewhere, could
    be locked out by anybody. `clock` is monotonic. What is kept is bounded: who was quiet for
    longest is forgotten.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tries: OrderedDict[_Key, deque[float]] = OrderedDict()

    def attempt(self, account: str, place: str) -> None:
        """Count a try. Raises RateLimited, and counts nothing, where there were too many."""
        keys = {(account, place): PER_ACCOUNT, ("", place): PER_PLACE}
        self._check(keys)
        for key in keys:
            self._count(key)

    def right(self, account: str, place: str) -> None:
        """Forget the tries at an account from a place, the last of which was right."""
        self._tries.pop((account, place), None)
        counted = self._tries.get(("", place))
        if counted:
            counted.pop()

    def code(self, account: str) -> None:
        """Count a one-time code that is tried with the right password; raises as `attempt`."""
        self._check({(account, ""): PER_CODE})
        self._count((account, ""))

    def code_was_right(self, account: str) -> None:
        """Forget the codes tried at an account."""
        self._tries.pop((account, ""), None)

    def _check(self, limits: dict[_Key, int]) -> None:
        now = self._clock()
        waits = [self._wait(key, limit, now) for key, limit in limits.items()]
        if max(waits) > 0:
            minutes = -(-max(waits) // 60)
            raise RateLimited(
                f"Too many wrong tries. Try again in {minutes:.0f} min.", retry_after=max(waits)
            )

    def _wait(self, key: _Key, limit: int, now: float) -> float:
        """Return for how long a limit holds, 0 where it does not."""
        tries = self._tries.get(key)
        while tries and now - tries[0] >= WINDOW:
            tries.popleft()
        if not tries or len(tries) < limit:
            return 0.0
        return tries[-limit] + WINDOW - now

    def _count(self, key: _Key) -> None:
        self._tries.setdefault(key, deque(maxlen=PER_PLACE)).append(self._clock())
        self._tries.move_to_end(key)
        if len(self._tries) > MAX_KEPT:
            self._tries.popitem(last=False)
