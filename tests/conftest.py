"""What every test may use, and the list at the end of what could not run here, with the reason.

Tests marked `browser`, `node`, `npm` or `binary` are skipped where the machine lacks what they
need. With TORNCHAT_TEST_STRICT=1, as `make test` sets it, they fail instead.
"""

import gc
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests import machine
from tornchat import heap

# Hundreds of servers and commands are started: compiling the package anew is half of each start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Here, because they import one another: whoever is imported first cannot be rewritten any more.
pytest.register_assert_rewrite("tests.cli.place", "tests.control.place")

STRICT = os.environ.get("TORNCHAT_TEST_STRICT") == "1"
PROBLEMS = {
    "browser": cache(machine.browser_problem),
    "node": cache(machine.node_problem),
    "npm": cache(machine.npm_problem),
    "binary": cache(machine.binary_problem),
}


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their number: random masks would name a test anew each time."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or in strict mode fail, what this machine cannot run."""
    for marker, problem in PROBLEMS.items():
        if item.get_closest_marker(marker) and (reason := problem()):
            if STRICT:
                pytest.fail(f"cannot run: {reason}", pytrace=False)
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List what did not run, with the reasons."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if reasons:
        terminalreporter.section("not run here")
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count} test{'s' if count > 1 else ''}: {reason}")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own TORNCHAT_ settings out of the tests."""
    for name in list(os.environ):
        if name.startswith("TORNCHAT_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def settled_heap() -> Iterator[None]:
    """Set aside what earlier tests have left, as a server does with what it was built from.

    Otherwise the collector looks at all of it again and again, for a quarter of a second.
    """
    thresholds = gc.get_threshold()
    heap.settle()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node; for tests marked `node`."""
    found = machine.find_node()
    assert found
    return found


@pytest.fixture(scope="session")
def chromium() -> dict[str, Any]:
    """How Playwright starts Chromium here: `playwright.chromium.launch(**chromium)`."""
    return {"executable_path": machine.find_chromium(), "args": machine.CHROMIUM_ARGS}


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Give pytest its handlers back, whatever a command in this process has configured."""
    root, ours = logging.getLogger(), logging.getLogger("tornchat")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])
