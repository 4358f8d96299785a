"""What a client shows of a room, and its cursor (PROTOCOL, "Cursor"); pure, no socket."""

from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
ENTRIES = frozenset({"message", "edited", "deleted", "reacted", "notice"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One numbered line as somebody saw it, or as the log holds it."""

    epoch: str
    seq: int
    client_id: str
    text: str
    kind: str = "message"


@dataclass(frozen=True, slots=True)
class Ack:
    """The server's word that a write is committed."""

    epoch: str
    seq: int
    client_id: str


@dataclass(slots=True)
class Screen:
    """What was shown without a break: a page of the present state, then one entry after another.

    The page may skip seqs (edits and deletions are folded in); `live` begins at `base` + 1 and
    may not.
    """

    epoch: str
    base: int
    page: list[Shown] = field(default_factory=list)
    live: list[Shown] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The last seq that this screen accounts for."""
        return self.live[-1].seq if self.live else self.base


@dataclass(frozen=True, slots=True)
class Unrecovered:
    """The server said `recovered:false` to somebody who had a cursor."""

    room: str
    since: int
    epoch_before: str
    epoch: str
    first: int
    last: int


@dataclass(slots=True)
class RoomView:
    """One room in the eyes of one client, over all its connections.

    `screens` is all that was shown. `holes` lists (cursor, seq) wherever a live entry or a `beat`
    ran ahead of the cursor, which a faultless server on an unbroken connection never does; they
    are healed by joining again. `repeats` counts entries that came twice and were not shown again.
    """

    name: str
    epoch: str = ""
    cursor: int = 0
    screens: list[Screen] = field(default_factory=list)
    unrecovered: list[Unrecovered] = field(default_factory=list)
    holes: list[tuple[int, int]] = field(default_factory=list)
    repeats: int = 0

    @property
    def shown(self) -> list[Shown]:
        """All lines ever shown, in the order of showing."""
        return [line for screen in self.screens for line in [*screen.page, *screen.live]]

    def position(self) -> dict[str, Any]:
        """Return the fields `since` and `epoch` of the next join; none before the first one."""
        return {"since": self.cursor, "epoch": self.epoch} if self.epoch else {}

    def joined(self, event: Event) -> bool:
        """Take a `joined`; returns whether more is to be asked for by joining again."""
        if not event["recovered"]:
            self._start_anew(event)
            return False
        for entry in event["entries"]:
            self._show(entry)
        if not event["more"]:
            self.cursor = event["last"]
        return bool(event["more"])

    def entry(self, event: Event) -> bool:
        """Take a live entry; False: it leaves a hole and was not shown, so join again."""
        if event["seq"] > self.cursor + 1:
            self.holes.append((self.cursor, event["seq"]))
            return False
        if event["seq"] <= self.cursor:
            self.repeats += 1
        else:
            self._show(event)
        return True

    def beat(self, last: int) -> bool:
        """Take a `beat`; False: entries are missing, so join again."""
        if last > self.cursor:
            self.holes.append((self.cursor, last))
        return last <= self.cursor

    def _start_anew(self, event: Event) -> None:
        if self.epoch:
            before = (self.name, self.cursor, self.epoch)
            self.unrecovered.append(
                Unrecovered(*before, event["epoch"], event["first"], event["last"])
            )
        self.epoch = event["epoch"]
        self.cursor = event["last"]
        page = [shown(self.epoch, entry) for entry in event["entries"]]
        self.screens.append(Screen(self.epoch, self.cursor, page))

    def _show(self, entry: Event) -> None:
        """Show an entry of a replay or a live one; a gap in a replay is shown as it is."""
        if entry["seq"] <= self.cursor:
            self.repeats += 1
            return
        self.screens[-1].live.append(shown(self.epoch, entry))
        self.cursor = entry["seq"]


def shown(epoch: str, entry: Event) -> Shown:
    """Return an entry of the wire as a line; the page of a history reply makes a log this way."""
    text, client_id = entry.get("text", ""), entry.get("client_id", "")
    return Shown(epoch, entry["seq"], client_id, text, entry["type"])
