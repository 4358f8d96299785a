"""The wheel: when it beats, when it checks, and what it does not hold against anybody."""

import asyncio
import logging

import pytest

from tests.sockjs.peer import Clock
from tornchat.sockjs.timer import Timer


class Beaten:
    slot = 0

    def __init__(self, timer: Timer) -> None:
        self.timer = timer
        self.beats: list[float] = []
        self.checks: list[float] = []

    def beat(self) -> None:
        self.beats.append(self.timer.now)

    def overdue(self) -> None:
        self.checks.append(self.timer.now)

    def check(self, now: float) -> None:
        self.checks.append(now)


def make(clock: Clock) -> Timer:
    return Timer(25.0, 10.0, 5.0, clock)


def turn(timer: Timer, clock: Clock, seconds: float) -> None:
    for _ in range(round(seconds / timer.tick)):
        clock.now += timer.tick
        timer.turn()


def test_timer_beats_once_per_heartbeat_and_checks_after_the_pong_timeout() -> None:
    clock = Clock()
    timer = make(clock)
    turn(timer, clock, 3)
    beaten = Beaten(timer)
    timer.add(beaten)
    turn(timer, clock, 62)
    assert beaten.beats == [28, 53]
    assert beaten.checks == [13, 38, 63]


def test_timer_beats_nobody_who_was_removed() -> None:
    clock = Clock()
    timer = make(clock)
    beaten = Beaten(timer)
    timer.add(beaten)
    timer.remove(beaten)
    timer.remove(beaten)
    turn(timer, clock, 60)
    assert beaten.beats == []
    assert timer.beating() == []


def test_timer_checks_the_watched_at_every_tick() -> None:
    clock = Clock()
    timer = make(clock)
    watched = Beaten(timer)
    timer.watch(watched)
    turn(timer, clock, 3)
    timer.unwatch(watched)
    turn(timer, clock, 3)
    assert watched.checks == [1, 2, 3]


def test_time_that_the_process_slept_through_does_not_count() -> None:
    clock = Clock()
    timer = make(clock)
    clock.now += 3600
    timer.turn()
    assert timer.now == 2 * timer.tick


def test_failure_of_one_does_not_reach_the_others(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    timer = make(clock)

    class Broken(Beaten):
        def beat(self) -> None:
            raise RuntimeError

    for _ in range(3):
        timer.add(Broken(timer))
    beaten = Beaten(timer)
    timer.add(beaten)
    with caplog.at_level(logging.ERROR):
        turn(timer, clock, 25)
    assert beaten.beats == [25]
    assert len(caplog.records) == 3


def test_started_timer_turns_and_stopped_one_leaves_nothing() -> None:
    async def scenario() -> None:
        timer = Timer(0.08, 0.04, 0.04, asyncio.get_running_loop().time)
        beaten = Beaten(timer)
        timer.add(beaten)
        timer.start()
        timer.start()
        async with asyncio.timeout(5):
            while len(beaten.beats) < 3:
                await asyncio.sleep(0.001)
        timer.stop()
        count = len(beaten.checks)
        await asyncio.sleep(0.1)
        assert len(beaten.checks) == count

    asyncio.run(scenario())
