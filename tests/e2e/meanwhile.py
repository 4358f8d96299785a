"""Tests that mostly wait: they all begin together, and wait while other tests go on.

@meanwhile(75)
async def test_something_takes_its_time(folder: Path) -> None: ...
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from pathlib import Path

Scenario = Callable[[Path], Awaitable[None]]


def meanwhile(seconds: float) -> Callable[[Scenario], Callable[..., None]]:
    """Make an async function a test, which gets an empty folder and may take so long at most."""

    def decorate(scenario: Scenario) -> Callable[..., None]:
        async def limited(folder: Path) -> None:
            async with asyncio.timeout(seconds):
                await scenario(folder)

        def test(background: Background) -> None:
            background.result(limited)

        test.__name__ = scenario.__name__  # type: ignore[attr-defined]
        test.__doc__ = scenario.__doc__
        test.scenario = limited  # type: ignore[attr-defined]
        return test

    return decorate


class Background:
    """Runs scenarios, each in a thread with a loop of its own; `stop` ends what still runs."""

    def __init__(self, scenarios: Iterable[Scenario], folder: Callable[[], Path]) -> None:
        self._runs = {scenario: _Run(scenario, folder()) for scenario in scenarios}

    def result(self, scenario: Scenario) -> None:
        """Wait for the end of a scenario; raises what it raised."""
        self._runs[scenario].done.result()

    def stop(self) -> None:
        for run in self._runs.values():
            run.stop()


class _Run:
    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.done: Future[None] = Future()
        self._scenario = scenario
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        if not self.done.done():
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                self.done.set_result(runner.run(self._watched()))
            except BaseException as error:
                self.done.set_exception(error)

    async def _watched(self) -> None:
        self._task = asyncio.ensure_future(self._scenario(self._folder))
        await self._task

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
