"""kill -9 under load, again and again: what was acknowledged is there, once, in its place."""

import asyncio
import random
import time
from pathlib import Path

from tests.e2e.crowd import NO_LIMITS, Crowd, figure
from tests.kit.server import ServerProcess
from tests.kit.waiting import scenario, until

KILLS = 20
RATE = 200
SERVING_SECONDS = 10.0
"""A bound for busy machines; the figure, which is printed, is to be 3 at most."""


async def under_load(crowd: Crowd, seconds: float) -> float:
    """Wait so long, and on while fewer than RATE/s are acknowledged; return the rate there was."""
    before, began = crowd.acked, time.monotonic()
    await asyncio.sleep(seconds)
    rate = lambda: (crowd.acked - before) / (time.monotonic() - began)  # noqa: E731
    await until(lambda: rate() >= RATE, f"{RATE} messages/s", patience=40)
    return rate()


@scenario(150)
async def test_twenty_kills_lose_double_skip_and_reuse_nothing(tmp_path: Path) -> None:
    dice = random.Random(4711)
    rates: list[float] = []
    back: list[float] = []
    async with ServerProcess(tmp_path, NO_LIMITS) as server, Crowd(server, each=2) as crowd:
        crowd.write()
        for _ in range(KILLS):
            await crowd.online()
            rates.append(await under_load(crowd, dice.uniform(0.2, 0.5)))
            server.kill9()
            down, acked = time.monotonic(), crowd.acked
            await server.restart()
            back.append(server.start_seconds)
            await until(lambda acked=acked: crowd.acked > acked)
            back.append(time.monotonic() - down)
        await crowd.hush()
        log = await crowd.log()
        faults = crowd.faults(log)
    figure(
        f"{KILLS} kills at {min(rates):.0f} to {max(rates):.0f} acknowledged messages/s "
        f"(mean {sum(rates) / KILLS:.0f}): {crowd.acked} acknowledged, {len(faults)} lost, doubled,"
        f" missing or reused; serving again in {max(back):.2f} s at most; {crowd.cuts} reconnects"
    )
    assert not faults
    assert len(log) == len(crowd.sent), "a write is there once, acknowledged at first or not"
    assert min(rates) >= RATE
    assert max(back) <= SERVING_SECONDS
    assert "Traceback" not in server.log
