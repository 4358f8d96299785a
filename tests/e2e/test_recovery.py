"""Connections that break, long absences and a restored backup: everybody sees every line once."""

import asyncio
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.e2e.crowd import NO_LIMITS, ROOM, Crowd, figure
from tests.kit.chat import ChatClient
from tests.kit.proxy import FaultProxy
from tests.kit.resilient import ResilientClient
from tests.kit.server import TORNCHAT, ServerProcess, free_port
from tests.kit.transport import Address
from tests.kit.transports import RawWebSocket
from tests.kit.waiting import scenario, until
from tests.server import environment

CUTS = 1000
LEAST = 150
"""Of them on each transport."""
RATE = 100
MISSED = 5000
WINDOW = 100


async def keep_cutting(client: ResilientClient, enough: Callable[[], bool], seed: int) -> None:
    """Cut a client again and again, each time at some moment after it had come back."""
    dice = random.Random(seed)
    while not enough():
        before = client.connections
        client.cut()
        await until(lambda before=before: client.connections > before and client.online)
        await asyncio.sleep(dice.uniform(0, 0.2))


async def keep_tearing(proxy: FaultProxy, enough: Callable[[], bool], seed: int) -> None:
    """Have connections reset in the middle of some frame."""
    dice = random.Random(seed)
    while not enough():
        proxy.faults.cut_after = dice.randint(700, 9000)
        await asyncio.sleep(0.02)
    proxy.heal()


@scenario(120)
async def test_thousand_disconnects_skip_repeat_and_misorder_nothing(tmp_path: Path) -> None:
    """Half of the clients reset their connections, those of the others break inside of frames."""
    async with ServerProcess(tmp_path, NO_LIMITS) as server, FaultProxy(server.port) as proxy:
        crowd = Crowd(server, each=4)
        half = len(crowd.clients) // 2
        for client in crowd.clients[half:]:
            client.at = proxy.at
        async with crowd:
            crowd.write(rate=RATE)
            began = time.monotonic()
            enough = lambda: crowd.cuts >= CUTS and min(cuts(crowd).values()) >= LEAST  # noqa: E731
            cutters = [keep_cutting(c, enough, n) for n, c in enumerate(crowd.clients[:half])]
            await asyncio.gather(*cutters, keep_tearing(proxy, enough, half))
            seconds = time.monotonic() - began
            flown = len(crowd.sent)
            await crowd.hush()
            log = await crowd.log()
            faults = crowd.faults(log)
    lines = sum(len(client.views[ROOM].shown) for client in crowd.clients)
    torn = sum(client.connections - 1 for client in crowd.clients[half:])
    figure(
        f"{crowd.cuts} disconnects ({dict(cuts(crowd))}, {torn} of them inside of a frame) in "
        f"{seconds:.0f} s at {flown / seconds:.0f} messages/s: {lines} lines shown of a log of "
        f"{len(log)}, {len(faults)} skipped, repeated or out of order"
    )
    assert not faults
    assert crowd.cuts >= CUTS
    assert len(log) == len(crowd.sent)
    assert flown / seconds >= 0.9 * RATE
    assert not any(client.views[ROOM].unrecovered for client in crowd.clients)


def cuts(crowd: Crowd) -> Counter[str]:
    """Return how often connections were lost and made again, by transport."""
    found = Counter[str]()
    for client in crowd.clients:
        found[str(client.name).split()[0]] += client.connections - 1
    return found


@scenario(60)
async def test_absence_of_5000_entries_is_filled_without_a_gap(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, NO_LIMITS) as server, Crowd(server) as crowd:
        crowd.write(rate=RATE)
        await until(lambda: crowd.acked > 20)
        await crowd.hush()
        seen = {client: client.views[ROOM].cursor for client in crowd.clients}
        for client in crowd.clients:
            client.at = Address("127.0.0.1", free_port())
            client.cut()
        await until(lambda: not any(client.online for client in crowd.clients))
        crowd.sent += await write_much(server, MISSED)
        began = time.monotonic()
        for client in crowd.clients:
            client.at = server.at
        log = await crowd.log()
        seconds = time.monotonic() - began
        faults = crowd.faults(log)
    missed = [log[-1].seq - seen[client] for client in crowd.clients]
    figure(
        f"{min(missed)} missed entries on each of {len(missed)} transports: {len(faults)} skipped, "
        f"repeated or out of order, all there within {seconds:.1f} s"
    )
    assert min(missed) >= MISSED
    assert not faults
    assert not any(client.views[ROOM].unrecovered for client in crowd.clients)
    assert all(len(client.views[ROOM].screens) == 1 for client in crowd.clients)


@scenario(60)
async def test_restored_backup_is_told_and_not_mixed(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, NO_LIMITS) as server, Crowd(server) as crowd:
        crowd.write()
        await until(lambda: crowd.acked >= 50)
        await tornchat(server, "backup", "copy.db")
        kept = crowd.acked
        await until(lambda: crowd.acked >= kept + 100)
        await server.term()
        await tornchat(server, "restore", "copy.db")
        ends = {client: client.views[ROOM].cursor for client in crowd.clients}
        await asyncio.to_thread(server.start)
        await crowd.online()
        # Until every seq that somebody had seen of the old log stands for another line in the new.
        await until(lambda: min(c.views[ROOM].cursor for c in crowd.clients) > max(ends.values()))
        await crowd.hush()
        log = await crowd.log()
        faults = crowd.faults(log)
    told = [client.views[ROOM].unrecovered for client in crowd.clients]
    figure(
        f"a restore of an older backup: told to {sum(map(len, told))} of {len(crowd.clients)}, "
        f"{len(faults)} lines mixed; {len(log)} lines in the new log"
    )
    assert not faults
    for client in crowd.clients:
        view = client.views[ROOM]
        (once,) = view.unrecovered
        assert once.since == ends[client]
        assert once.epoch_before != once.epoch == log[0].epoch
        assert len(view.screens) == 2
        assert {line.epoch for line in view.screens[1].page} == {once.epoch}
        assert [s.epoch for s in view.screens] == [once.epoch_before, once.epoch]


async def write_much(server: ServerProcess, count: int) -> list[str]:
    """Write so many messages as fast as it goes and return their client_ids."""
    ids = [f"m{number}" for number in range(count)]
    async with await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="writer") as writer:
        for start in range(0, count, WINDOW):
            window = ids[start : start + WINDOW]
            await asyncio.gather(*(writer.send(ROOM, f"line {i}", i) for i in window))
    return ids


async def tornchat(server: ServerProcess, *arguments: str) -> None:
    """Run a command line on the server's configuration."""
    command = [*TORNCHAT, "--config", str(server.config_file), *arguments]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=server.folder,
        env=environment(),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
