"""Stopping, in every way: by SIGTERM under load, inside a process, and only for a while."""

import asyncio
import contextlib
import itertools
import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.crowd import NO_LIMITS, ROOM, Crowd, figure, whole_log
from tests.e2e.meanwhile import meanwhile
from tests.kit.chat import ChatClient, Refused
from tests.kit.server import HOST, ServerProcess, config_text
from tests.kit.transports import ALL, RawWebSocket
from tests.kit.waiting import scenario, until
from tests.kit.wire import Closed
from tests.server import environment

EXIT_SECONDS = 10.0
STOPPED_SECONDS = 10.0
ROUNDS = 3
BURST = 50
FLOODS = 3
BUSY = "busy"


async def flood(client: ChatClient) -> None:
    """Send without waiting for anything until the connection ends, with many on their way."""
    numbers = itertools.count()
    with contextlib.suppress(Closed):
        while client.closed is None:
            for _ in range(BURST):
                await client.post("send", room=BUSY, text="more", client_id=f"f{next(numbers)}")
            await asyncio.sleep(0.01)


async def chat(client: ChatClient) -> None:
    """Say one line after the other until the connection ends."""
    with contextlib.suppress(Closed):
        while True:
            try:
                await client.send(ROOM, "a word")
            except Refused:
                await asyncio.sleep(0.05)


def refusals_for_the_stop(client: ChatClient) -> int:
    return sum("shutting down" in error["message"] for error in client.seen("error"))


@contextlib.contextmanager
def held(database: Path) -> Iterator[None]:
    """Let nobody else write to a database."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@scenario(60)
async def test_sigterm_under_load_refuses_commits_and_says_goodbye(tmp_path: Path) -> None:
    """Some flood one room, in another there is somebody on each transport.

    Another process holds the database until somebody is refused, so that there is something to
    commit at the end.
    """
    config = {**NO_LIMITS, f"room {ROOM}": {"title": "Lobby"}, f"room {BUSY}": {"title": "Busy"}}
    async with ServerProcess(tmp_path, config) as server:
        people = [await ChatClient.enter(k(), server.at, ROOM, name=k.name) for k in ALL]
        flooders = [await ChatClient.enter(RawWebSocket(), server.at, BUSY) for _ in range(FLOODS)]
        tasks = [asyncio.create_task(flood(client)) for client in flooders]
        tasks += [asyncio.create_task(chat(client)) for client in people]
        await until(lambda: all(len(client.seen("ack")) > 10 for client in people + flooders))
        began = time.monotonic()
        with held(server.data / "tornchat.db"):
            await flooders[0].post("send", room=BUSY, text="wait", client_id="held")
            await flooders[0].ping()
            term = asyncio.create_task(server.term())
            await until(lambda: any(map(refusals_for_the_stop, flooders)), "a refusal")
        code = await term
        seconds = time.monotonic() - began
        closes = {client: await client.wait_closed() for client in people + flooders}
        await asyncio.gather(*tasks)
        for client in people + flooders:
            await client.close()
        await server.restart()
        logs = {room: await whole_log(server, room) for room in (ROOM, BUSY)}
    acks = [(client, ack) for client in closes for ack in client.seen("ack")]
    stored = {(room, line.client_id, line.seq) for room, log in logs.items() for line in log}
    lost = [ack for _, ack in acks if (ack["room"], ack["client_id"], ack["seq"]) not in stored]
    shut = sum(map(refusals_for_the_stop, closes))
    refusals = Counter(error["code"] for client in closes for error in client.seen("error"))
    figure(
        f"SIGTERM under load: exit code {code} after {seconds:.1f} s; {len(acks)} acknowledged, "
        f"{len(lost)} of them lost; refused: {dict(refusals)}, {shut} of them for the stop; "
        f"told: {Counter(map(str, closes.values()))}"
    )
    assert code == 0
    assert seconds <= EXIT_SECONDS
    assert not lost
    assert set(refusals) == {"overloaded"}
    assert shut
    for client, closed in closes.items():
        (bye,) = client.seen("bye")
        assert (bye["code"], bye["reconnect"]) == (4000, True)
        # Somebody who polls may find nobody there any more who could say it once again.
        assert closed.code == 4000 or client.transport.name == "xhr", client.transport.name
    for log in logs.values():
        assert [line.seq for line in log] == list(range(1, len(log) + 1))
    assert "Traceback" not in server.log


@meanwhile(60)
async def test_server_held_for_10_seconds_loses_nothing(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, NO_LIMITS) as server, Crowd(server) as crowd:
        crowd.write(rate=100)
        await until(lambda: crowd.acked > 50)
        await server.stop_cont(STOPPED_SECONDS)
        acked = crowd.acked
        await until(lambda: crowd.acked > acked + 100)
        await crowd.hush(30)
        log = await crowd.log()
        faults = crowd.faults(log)
    figure(
        f"held for {STOPPED_SECONDS:.0f} s by SIGSTOP: {len(log)} messages, {len(faults)} faults, "
        f"{crowd.cuts} connections lost"
    )
    assert not faults
    assert len(log) == len(crowd.sent)
    # A request that came meanwhile on a connection kept for it may find that one timed out.
    assert all(client.connections <= 2 for client in crowd.clients), "nobody goes round in circles"


def test_stopped_app_leaves_nothing_behind(tmp_path: Path) -> None:
    config = tmp_path / "tornchat.conf"
    rooms = {f"room {ROOM}": {"title": "Lobby"}}
    config.write_text(config_text({"server": {"listen": f"{HOST}:0"}, **rooms}))
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.leftovers", str(config), str(ROUNDS)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    before, *after = json.loads(done.stdout)
    figure(f"left after {len(after)} rounds of start, chat over 5 transports and stop: {after[-1]}")
    assert after == [before] * ROUNDS
    assert before["threads"] == ["MainThread"]
    assert (before["tasks"], before["timers"]) == (1, 0), "the task that looks"
    assert "Error" not in done.stderr
