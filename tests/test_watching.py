"""Figures on their way to those who have the admin page open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from tornchat.protocol import AdminEvent
from tornchat.watching import Watch
from tornchat.web.metrics import Metrics


class Listeners:
    def __init__(self, watched: bool) -> None:
        self.watched = watched
        self.told: list[AdminEvent] = []

    def tell_admins(self, event: AdminEvent) -> None:
        self.told.append(event)


def run(body: Callable[[Watch], Awaitable[None]], folder: Path) -> None:
    async def main() -> None:
        watch = Watch(Metrics(), folder / "tornchat.db")
        async with asyncio.timeout(10):
            await body(watch)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    before = logging.getLogger().handlers[:]
    asyncio.run(main())
    assert logging.getLogger().handlers == before


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tornchat.watching.LOOK_SECONDS", 0.0)


def test_figures_are_told_at_each_look_and_charts_at_each_sample(tmp_path: Path) -> None:
    async def body(watch: Watch) -> None:
        listeners = Listeners(watched=True)
        watch.listen()
        watch.start(listeners)
        while len(listeners.told) < 12:
            await asyncio.sleep(0)
        await watch.stop()
        topics = [event.topic for event in listeners.told[:12]]
        assert topics == [*["figures"] * 5, "charts", *["figures"] * 5, "charts"]
        data = msgspec.json.decode(msgspec.json.encode(listeners.told[0].data))
        assert data["values"]["connections"] == "0"
        assert set(data) == {"values"}

    run(body, tmp_path)


def test_nothing_is_told_where_nobody_looks_and_samples_are_taken_all_the_same(
    tmp_path: Path,
) -> None:
    async def body(watch: Watch) -> None:
        listeners = Listeners(watched=False)
        watch.start(listeners)
        while not (await watch.verbs.figures("hour")).samples:
            await asyncio.sleep(0)
        await watch.stop()
        assert listeners.told == []

    run(body, tmp_path)


def test_errors_of_the_log_are_among_the_figures(tmp_path: Path) -> None:
    async def body(watch: Watch) -> None:
        watch.listen()
        logging.getLogger("tornchat.store").error("full")
        watch.deafen()
        assert [line.text for line in (await watch.verbs.figures()).errors] == ["full"]

    run(body, tmp_path)
