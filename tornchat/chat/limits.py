"""How much one connection, person, room or address may ask for, and how that is said.

It knows nothing of what is asked; commands say whether it is a message, a join or something else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tornchat.access.limits import Bucket, Buckets
from tornchat.config.model import LimitsConfig
from tornchat.errors import RateLimited

if TYPE_CHECKING:
    from tornchat.chat.client import Client

COMMANDS_BURST: Final = 5
"""Seconds' worth of commands that may come at once; likewise below."""
MESSAGES_PER_PLACE_BURST: Final = 2
"""A hundred people behind one address may say hello in the same second, twice."""
PLACE_BURST: Final = 10
"""After an outage a whole office comes back at once."""


class Limiter:
    """Asked before anything is done that costs something.

    `message`, `join`, `command` and `request` raise RateLimited, which says when to try again. What
    belongs to one connection is kept with the client, the rest here and bounded. `opened` and
    `closed` are called for each connection that chats, `admit` before there is one. The place "" is
    nobody's and has no limits of its own. `config` may be replaced at any time by `apply`.
    """

    def __init__(self, config: LimitsConfig, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: Counter[str] = Counter()
        self.apply(config)

    def apply(self, config: LimitsConfig) -> None:
        """Let other limits hold from now on; `forget` what clients have been given by the old."""
        self.config = config
        burst = config.burst or math.inf
        self._by_person = self._buckets(config.messages_per_person, burst)
        self._by_room = self._buckets(
            config.messages_per_room, max(burst, config.messages_per_room)
        )
        self._by_place = self._buckets(
            config.messages_per_ip, MESSAGES_PER_PLACE_BURST * config.messages_per_ip
        )
        self._joins = self._buckets(config.joins_per_ip, PLACE_BURST * config.joins_per_ip)
        self._connects = self._buckets(config.connects_per_ip, PLACE_BURST * config.connects_per_ip)

    @staticmethod
    def forget(client: Client) -> None:
        """Let a client begin with what holds now."""
        client.messages = client.joins = client.commands = None

    # ── connections ──────────────────────────────────────────────────────────────────────────────

    def admit(self, place: str) -> bool:
        """Say whether a place may open one more connection, and count that it has asked."""
        if not place:
            return True
        allowed = self.config.connections_per_ip
        if allowed and self._open[place] >= allowed:
            return False
        return self._connects.take(place) <= 0

    def opened(self, place: str) -> None:
        """Count a connection that is open."""
        self._open[place] += 1

    def closed(self, place: str) -> None:
        """Count it out."""
        self._open[place] -= 1
        if not self._open[place]:
            del self._open[place]

    # ── commands ─────────────────────────────────────────────────────────────────────────────────

    def message(self, client: Client, room: str | None) -> None:
        """Count a message, or whatever else reaches others as one does; `room` None: all of them.

        Who is over a limit of their own takes nothing from a limit that others share.
        """
        bucket = client.messages
        if bucket is None:
            bucket = client.messages = self._own_messages()
        wait = bucket.take()
        if wait > 0:
            raise _refusal("messages", wait)
        if room is not None:
            wait = self._by_person.take((client.identity.person_id, room))
            if wait > 0:
                raise _refusal("messages of yours in this room", wait)
            wait = self._by_room.take(room)
            if wait > 0:
                raise _refusal("messages in this room", wait)
        if client.place:
            wait = self._by_place.take(client.place)
            if wait > 0:
                raise _refusal("messages from your address", wait)

    def join(self, client: Client) -> None:
        """Count a join."""
        if client.joins is None:
            rate = self.config.joins_per_second
            burst = max(self.config.rooms_per_connection, 2 * rate)
            client.joins = Bucket(rate, burst, self._clock)
        wait = client.joins.take()
        if wait > 0:
            raise _refusal("joins", wait)
        self._join_from(client.place, "joins")

    def request(self, place: str) -> None:
        """Count a request to the API: it is about as much work as a join, and counts as one."""
        self._join_from(place, "requests")

    def command(self, client: Client) -> None:
        """Count any other command, and a message that was not allowed in the first place."""
        if client.commands is None:
            rate = self.config.commands_per_second
            client.commands = Bucket(rate, COMMANDS_BURST * rate, self._clock)
        wait = client.commands.take()
        if wait > 0:
            raise _refusal("commands", wait)

    def _join_from(self, place: str, what: str) -> None:
        wait = self._joins.take(place) if place else 0.0
        if wait > 0:
            raise _refusal(f"{what} from your address", wait)

    def _own_messages(self) -> Bucket:
        config = self.config
        return Bucket(config.messages_per_second, config.burst or math.inf, self._clock)

    def _buckets(self, rate: float, burst: float) -> Buckets:
        return Buckets(rate, burst, self._clock)


def _refusal(what: str, wait: float) -> RateLimited:
    return RateLimited(f"too many {what}: try again in {wait:.1f} s", retry_after=wait)
