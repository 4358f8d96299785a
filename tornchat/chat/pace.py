"""Slow mode: how long somebody has to wait in a room after each message of theirs.

Kept in memory: a restart lets everybody write at once. It knows nothing of who is exempt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tornchat.errors import RateLimited

CAPACITY: Final = 10_000
"""People of a room who are remembered; beyond, those are forgotten who spoke longest ago."""


class Pace:
    """Who has spoken last when, by room and person; `clock` is monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spoke: dict[str, dict[str, float]] = {}

    def check(self, room: str, person_id: str, seconds: int) -> None:
        """Raise RateLimited where the person's last message is less than `seconds` ago."""
        spoke = self._spoke.get(room, {}).get(person_id)
        wait = 0.0 if spoke is None else spoke + seconds - self._clock()
        if wait > 0:
            raise RateLimited(
                f"slow mode: one message every {seconds} s, try again in {wait:.1f} s",
                retry_after=wait,
            )

    def note(self, room: str, person_id: str) -> None:
        """Remember that the person has spoken now."""
        spoken = self._spoke.setdefault(room, {})
        spoken.pop(person_id, None)  # so that the dict stays in order of time
        spoken[person_id] = self._clock()
        if len(spoken) > CAPACITY:
            del spoken[next(iter(spoken))]

    def forgive(self, room: str, person_id: str) -> None:
        """Forget what was said last: it could not be stored."""
        self._spoke.get(room, {}).pop(person_id, None)

    def forget(self, room: str) -> None:
        """Forget everybody in a room: slow mode is over, or the room gone."""
        self._spoke.pop(room, None)
