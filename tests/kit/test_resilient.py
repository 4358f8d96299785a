"""The resilient client against a real server, and what it shows as a pure state."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from tests.kit.chat import ChatClient
from tests.kit.checker import check, log_of
from tests.kit.resilient import ResilientClient
from tests.kit.screen import RoomView
from tests.kit.server import ServerProcess
from tests.kit.transports import TRANSPORTS, RawWebSocket
from tests.kit.waiting import scenario, until

NO_LIMITS = {"limits": {"messages_per_second": 0, "joins_per_second": 0}}


def message(seq: int) -> dict[str, Any]:
    return {"type": "message", "room": "r", "seq": seq, "client_id": f"w{seq}", "text": "x"}


def joined(*seqs: int, last: int, **fields: Any) -> dict[str, Any]:
    entries = [message(seq) for seq in seqs]
    return {"epoch": "e", "first": 1, "last": last, "entries": entries, "more": False, **fields}


def view_at(*seqs: int, last: int) -> RoomView:
    view = RoomView("r")
    assert not view.joined(joined(*seqs, last=last, recovered=False))
    return view


def test_first_join_is_no_loss() -> None:
    view = view_at(1, 3, last=4)
    assert (view.cursor, view.unrecovered) == (4, [])
    assert view.position() == {"since": 4, "epoch": "e"}


def test_live_entries_move_the_cursor_and_are_shown_once() -> None:
    view = view_at(last=0)
    assert view.entry(message(1))
    assert view.entry(message(1))
    assert view.entry(message(2))
    assert [line.seq for line in view.shown] == [1, 2]
    assert (view.cursor, view.repeats) == (2, 1)


def test_hole_is_noted_and_not_shown() -> None:
    view = view_at(last=1)
    assert not view.entry(message(3))
    assert (view.shown, view.cursor, view.holes) == ([], 1, [(1, 3)])


def test_beat_tells_of_a_lost_tail() -> None:
    view = view_at(last=1)
    assert view.beat(1)
    assert not view.beat(2)


def test_replay_goes_on_while_there_is_more() -> None:
    view = view_at(last=1)
    assert view.joined(joined(2, 3, last=5, recovered=True, more=True))
    assert view.cursor == 3
    assert not view.joined(joined(4, 5, last=5, recovered=True))
    assert [line.seq for line in view.shown] == [2, 3, 4, 5]


def test_recovery_that_fails_starts_a_new_screen() -> None:
    view = view_at(1, last=1)
    view.joined(joined(7, last=8, recovered=False) | {"epoch": "f"})
    assert len(view.screens) == 2
    (told,) = view.unrecovered
    assert (told.since, told.epoch_before, told.epoch, told.last) == (1, "e", "f", 8)


@scenario(90)
async def test_everybody_sees_everything_once_through_cuts_and_a_kill(tmp_path: Path) -> None:
    """One client per transport writes and is cut at random; in the middle the server is killed."""
    dice = random.Random(7)
    async with ServerProcess(tmp_path, NO_LIMITS) as server:
        clients = [
            ResilientClient(kind, server.at, "lobby", name=kind.name)
            for kind in TRANSPORTS.values()
        ]
        await asyncio.gather(*(client.start() for client in clients))
        for number in range(100):
            client = clients[number % len(clients)]
            client.say("lobby", f"line {number}", f"w{number}")
            if number == 50:
                server.kill9()
                await server.restart()
            if dice.random() < 0.3:
                dice.choice(clients).cut()
            if number % 5 == 0:
                await asyncio.sleep(0.02)
        await asyncio.gather(*(client.settled(30) for client in clients))
        async with await ChatClient.enter(RawWebSocket(), server.at, "lobby") as reader:
            last = reader.seen("joined")[0]
            log = log_of(last["epoch"], await reader.whole_log("lobby"))
        await asyncio.gather(*(client.caught_up("lobby", log[-1].seq) for client in clients))
        await asyncio.gather(*(client.stop() for client in clients))
    assert not check(
        log=log,
        acks=[ack for client in clients for ack in client.acks],
        screens={str(client.name): client.views["lobby"].screens for client in clients},
        sent=[f"w{number}" for number in range(100)],
    )
    assert len(log) == 100
    assert all(client.connections >= 2 for client in clients)
    assert not any(client.views["lobby"].unrecovered for client in clients)
    assert not any(client.views["lobby"].holes for client in clients)


@scenario(30)
async def test_refused_write_does_not_block_the_next(tmp_path: Path) -> None:
    async with (
        ServerProcess(tmp_path) as server,
        ResilientClient(RawWebSocket, server.at, "lobby") as ann,
    ):
        bad, good = ann.say("lobby", ""), ann.say("lobby", "fine")
        assert (await good).seq == 1
        with pytest.raises(Exception, match="bad_request"):
            await bad


@scenario(30)
async def test_silence_ends_a_connection(tmp_path: Path) -> None:
    async with (
        ServerProcess(tmp_path) as server,
        ResilientClient(RawWebSocket, server.at, "lobby", silence=0.3) as ann,
    ):
        await until(lambda: ann.connections > 2)
        assert isinstance(ann.closes[0], TimeoutError)
