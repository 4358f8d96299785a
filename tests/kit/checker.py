"""A history checker after Jepsen: holds what was acked and shown against what the log has; pure.

faults = check(
    log=log_of(epoch, await reader.whole_log("lobby")),
    acks=[ack for client in clients for ack in client.acks],
    screens={client.name: client.views["lobby"].screens for client in clients},
)
assert not faults
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.kit.screen import Ack, Screen, Shown, shown

KINDS = ("lost", "doubled", "gap", "reused", "misordered", "phantom")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must not be. `kind`:

    lost: acked, but not in the log at its place. doubled: one write twice in the log or before
    somebody's eyes. gap: a seq that is missing in the log, or that somebody was never shown.
    reused: one seq for two writes. misordered: a seq after a greater one. phantom: shown, but
    neither in the log nor ever sent.
    """

    kind: str
    who: str
    words: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.who}): {self.words}"


def log_of(epoch: str, entries: Iterable[Mapping[str, Any]]) -> list[Shown]:
    """Return entries of the wire, from history in the log view, as a log."""
    return [shown(epoch, dict(entry)) for entry in entries]


def check(
    *,
    log: Sequence[Shown],
    acks: Iterable[Ack] = (),
    screens: Mapping[str, Sequence[Screen]] | None = None,
    sent: Iterable[str] | None = None,
    complete: bool = True,
) -> list[Fault]:
    """Return all faults of one room's history; none is what one hopes for.

    log: the final log, oldest first, whole or from where retention has cut it. acks: every ack
    anyone got. screens: by client. sent: the client_ids of all writes, where phantoms of
    unacknowledged ones are to be told apart. complete: whether every client has had the time to
    see the end of the log. What belongs to another epoch than the log's is held only against what
    others saw of that epoch.
    """
    checker = _Checker(log, set(sent) if sent is not None else None)
    found = [*checker.log_faults(), *checker.ack_faults(list(acks))]
    for who, shown_to in (screens or {}).items():
        for screen in shown_to:
            found += checker.screen_faults(who, screen)
        if complete:
            found += checker.tail_faults(who, shown_to)
    return found


class _Checker:
    def __init__(self, log: Sequence[Shown], sent: set[str] | None) -> None:
        self.log = log
        self.sent = sent
        self.epoch = log[0].epoch if log else ""
        self.first = log[0].seq if log else 1
        self.last = log[-1].seq if log else 0
        self.by_seq = {line.seq: line for line in log}
        self.by_id = {line.client_id: line for line in log if line.client_id}
        self.elsewhere: dict[tuple[str, int], Shown] = {}

    def log_faults(self) -> Iterator[Fault]:
        yield from _order("log", [line.seq for line in self.log], contiguous=True)
        yield from _repeats("log", self.log)

    def ack_faults(self, acks: Sequence[Ack]) -> Iterator[Fault]:
        places: dict[tuple[str, int], str] = {}
        writes: dict[tuple[str, str], int] = {}
        for ack in acks:
            other = places.setdefault((ack.epoch, ack.seq), ack.client_id)
            if other != ack.client_id:
                yield Fault("reused", "acks", f"{ack.seq} for {other} and {ack.client_id}")
            seq = writes.setdefault((ack.epoch, ack.client_id), ack.seq)
            if seq != ack.seq:
                yield Fault("doubled", "acks", f"{ack.client_id} as {seq} and {ack.seq}")
            if ack.epoch == self.epoch or not self.log:
                yield from self._ack_in_log(ack)

    def _ack_in_log(self, ack: Ack) -> Iterator[Fault]:
        if ack.seq < self.first:
            return
        there = self.by_seq.get(ack.seq)
        if there is not None and there.client_id != ack.client_id:
            words = f"{ack.seq} acked for {ack.client_id}, the log has {there.client_id!r}"
            yield Fault("reused", "acks", words)
        if ack.client_id not in self.by_id:
            yield Fault("lost", "acks", f"{ack.client_id} acked as {ack.seq} is not in the log")

    def screen_faults(self, who: str, screen: Screen) -> Iterator[Fault]:
        yield from _order(who, [line.seq for line in screen.page])
        yield from _order(who, [screen.base, *(line.seq for line in screen.live)], contiguous=True)
        lines = [*screen.page, *screen.live]
        yield from _repeats(who, lines)
        for line in screen.page:
            if line.seq > screen.base:
                yield Fault("phantom", who, f"{line.seq} in a page that ends at {screen.base}")
        for line in lines:
            yield from self._line_faults(who, line)

    def tail_faults(self, who: str, screens: Sequence[Screen]) -> Iterator[Fault]:
        last = screens[-1].last if screens else 0
        if last < self.last:
            yield Fault("gap", who, f"nothing after {last}, the log ends at {self.last}")

    def _line_faults(self, who: str, line: Shown) -> Iterator[Fault]:
        if self.sent is not None and line.client_id and line.client_id not in self.sent:
            yield Fault("phantom", who, f"{line.seq} shows {line.client_id}, which nobody sent")
        if line.epoch == self.epoch:
            there = self.by_seq.get(line.seq)
            if there is None and line.seq >= self.first:
                yield Fault("phantom", who, f"{line.seq} ({line.client_id}) is not in the log")
        else:
            there = self.elsewhere.setdefault((line.epoch, line.seq), line)
        if there is None:
            return
        if (there.kind, there.client_id) != (line.kind, line.client_id):
            words = f"{line.seq} showed {line.client_id!r}, it is {there.client_id!r}"
            yield Fault("reused", who, words)
        elif there.text != line.text and there.text and line.text:
            yield Fault("phantom", who, f"{line.seq} showed another text than the log has")


def _order(who: str, seqs: Sequence[int], *, contiguous: bool = False) -> Iterator[Fault]:
    seen: set[int] = set(seqs[:1])
    for before, seq in pairwise(seqs):
        if seq in seen:
            yield Fault("reused" if who == "log" else "doubled", who, f"{seq} is there twice")
        elif seq < before:
            yield Fault("misordered", who, f"{seq} comes after {before}")
        elif contiguous and seq > before + 1 and not set(range(before + 1, seq)) <= seen:
            yield Fault("gap", who, f"{seq} comes after {before}")
        seen.add(seq)


def _repeats(who: str, lines: Sequence[Shown]) -> Iterator[Fault]:
    places: dict[str, int] = {}
    for line in lines:
        if line.client_id:
            seq = places.setdefault(line.client_id, line.seq)
            if seq != line.seq:
                yield Fault("doubled", who, f"{line.client_id} at {seq} and at {line.seq}")
