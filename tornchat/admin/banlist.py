"""The verb that finds bans and mutes, a page at a time; it changes nothing."""

from dataclasses import dataclass
from typing import Final

from tornchat.access import names
from tornchat.admin import arguments, described
from tornchat.admin.described import BanInfo
from tornchat.admin.lookup import known
from tornchat.admin.verbs import verb
from tornchat.chat.bans import Bans
from tornchat.chat.ports import Live
from tornchat.store import BanRecord

MOST: Final = 50
"""Bans of one page."""
MAX_SEARCH: Final = 100
KINDS: Final = ("ban", "mute", "guard")


@dataclass(frozen=True, slots=True)
class FoundBans:
    """A piece of a list: `total` bans fit, these begin behind `offset`."""

    bans: list[BanInfo]
    total: int
    offset: int


class BanListVerbs:
    """Bans and mutes as a page shows them; of a room's moderator, only what is theirs."""

    def __init__(self, bans: Bans, *, live: Live) -> None:
        self._bans = bans
        self._live = live

    @verb(reads=True, room="room", moderators=True)
    async def find_bans(
        self,
        *,
        room: str | None = None,
        search: str = "",
        kind: str | None = None,
        offset: int = 0,
        limit: int = MOST,
    ) -> FoundBans:
        """Find bans that last, of a room or of all, the newest first: ≤ `limit` behind `offset`.

        `search`: in names and reasons, the beginning of an address, or a person's id. `kind`: ban
        or mute; guard, for what the guess guard did by itself.
        """
        if room is not None:
            known(self._live, room)
        words = arguments.line("search", search, MAX_SEARCH)
        wanted = None if kind is None else arguments.choice("kind", kind, KINDS)
        start = arguments.number("offset", offset, 0)
        end = start + arguments.number("limit", limit, 1, MOST)
        found = [
            ban
            for ban in self._bans.bans()
            if (room is None or ban.room == room)
            and (wanted is None or _kind(ban) == wanted)
            and (not words or _mentions(ban, words))
        ]
        return FoundBans([described.ban(ban) for ban in found[start:end]], len(found), start)


def _kind(ban: BanRecord) -> str:
    return "guard" if ban.source == "guard" else ban.kind


def _mentions(ban: BanRecord, words: str) -> bool:
    if ban.person_id == words or (ban.place or "").startswith(words):
        return True
    key = names.search_key(words)
    return any(key in names.search_key(text) for text in (ban.name or "", ban.reason, ban.author))
