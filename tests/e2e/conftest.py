"""Tests of the whole thing; those in a real browser are async and get `people`."""

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.browser import Browsing, People, launch_options
from tests.e2e.meanwhile import Background
from tests.kit.server import ServerProcess

SECONDS = 90
"""What one test in a browser may take; one that is marked `slow` three times as much."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, so that it is skipped, with the reason, where there is none."""
    for item in items:
        if isinstance(item, pytest.Function) and "people" in item.fixturenames:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server for the tests of one module, with the room `lobby`."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as process:
        yield process


@pytest.fixture(scope="session")
def background(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Background]:
    """The tests that mostly wait; all that were asked for begin with the first of them."""
    asked = [getattr(item, "function", None) for item in request.session.items]
    scenarios = [test.scenario for test in asked if hasattr(test, "scenario")]
    background = Background(scenarios, lambda: tmp_path_factory.mktemp("meanwhile"))
    yield background
    background.stop()


@pytest.fixture(scope="session")
def browsing(chromium: dict[str, Any]) -> Iterator[Browsing]:
    """The browser of all tests; it starts when the first person comes."""
    with asyncio.Runner() as runner:
        browsing = Browsing(runner, launch_options(chromium))
        yield browsing
        runner.run(browsing.close())


@pytest.fixture
def people(server: ServerProcess, browsing: Browsing) -> People:
    """Who takes part in this test."""
    return People(server.url, browsing)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an async test that gets `people`, and fail for what went wrong in their browser."""
    people = pyfuncitem.funcargs.get("people")
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or not isinstance(people, People):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    fixtures = {name: pyfuncitem.funcargs[name] for name in wanted}
    seconds = 3 * SECONDS if pyfuncitem.get_closest_marker("slow") else SECONDS
    people.browsing.runner.run(_run(pyfuncitem.obj, people, fixtures, seconds))
    return True


async def _run(test: Any, people: People, fixtures: dict[str, Any], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        async with people:
            await test(**fixtures)
        people.check()
