"""`python -m bench.admin`: how long each page of the admin part takes on a server with a past.

100,000 messages, 1,000 rooms, 10,000 people seen. Each page is asked for again and again over one
connection; the time is that from the request's first byte to the answer's last.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from bench import machine
from bench.process import pinned
from bench.stats import percentile
from bench.table import aligned, plain
from tests.e2e.admin_crowd import CONFIG, Browser, make_crowd, pages, searches
from tests.kit.server import ServerProcess

TIMES = 20
SEARCHES = 200
PAGE_GOAL_MS = 300
SEARCH_GOAL_MS = 100


def main() -> None:
    """Make the server's past, measure, print; exit 1 where a goal is missed."""
    argparse.ArgumentParser(prog="python -m bench.admin", description=__doc__).parse_args()
    servers, ours = machine.cores()
    print(f"Load before: {_load()}")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        make_crowd(Path(folder))
        with pinned(servers):
            server = stack.enter_context(ServerProcess(Path(folder), CONFIG))
        stack.enter_context(pinned(ours))
        browser = stack.enter_context(Browser(server.port))
        by_page = {path: _page(browser, path) for path in pages()}
        found = _search(browser)
    print(table(by_page))
    print(f"\n{SEARCHES} searches\n{table({'search': found})}")
    print(f"\nLoad after: {_load()}")
    late = missed(by_page, found)
    print(f"At most {PAGE_GOAL_MS} ms a page, {SEARCH_GOAL_MS} ms a search: ", end="")
    print(f"missed by {', '.join(late)}" if late else "kept")
    sys.exit(bool(late))


def table(rows: Mapping[str, Sequence[float]]) -> str:
    """Return a line for each page, with its times in ms: the median and the longest."""
    lines = [
        [name, plain(percentile(sorted(ms), 0.5)), plain(max(ms))] for name, ms in rows.items()
    ]
    return aligned([["", "p50 ms", "max ms"], *lines])


def missed(by_page: Mapping[str, Sequence[float]], searches: Sequence[float]) -> list[str]:
    """Return what once took longer than it may."""
    late = [path for path, taken in by_page.items() if max(taken) > PAGE_GOAL_MS]
    return [*late, "search"] if max(searches) > SEARCH_GOAL_MS else late


def _page(browser: Browser, path: str) -> list[float]:
    """Return what a page took each time, in ms."""
    answers = [browser.get(path) for _ in range(TIMES)]
    assert all(answer.status == 200 for answer in answers), path
    return [1000 * answer.seconds for answer in answers]


def _search(browser: Browser) -> list[float]:
    """Return what as many different searches took, in ms."""
    addresses = [f"/admin/messages?search={quote(text)}" for text in searches(SEARCHES)]
    return [1000 * browser.get(address).seconds for address in addresses]


def _load() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


if __name__ == "__main__":
    main()
