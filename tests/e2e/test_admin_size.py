"""The admin page of a server on which much has happened: no page grows with it, nor holds others.

100,000 messages, 1,000 rooms, 10,000 people seen, 1,000 tokens, 500 bans, 2,000 deeds in the audit
log, 1,000 accounts. How long it takes is measured by `python -m bench.admin`, on a quiet machine;
here it is the work that counts: the processor time that the server spends.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.admin_crowd import CONFIG, Browser, make_crowd, pages, searches
from tests.e2e.crowd import figure
from tests.kit.server import ServerProcess

MOST_BYTES = 300_000
MOST_ROWS = 150
"""Rows of tables and items of lists; the settings have the most, one for each key."""
WORK = 0.3
"""Seconds of processor time that a page may take, in the best of some tries."""
WORK_OF_SEARCH = 0.1
TRIES = 5
SEARCHES = 200
ROW = re.compile(rb"<(?:tr|li)\b")
WATCHED = """
import sqlite3, sys, threading, traceback
from tornchat import app, cli

seen = None

def note():
    name = threading.current_thread().name
    if seen is not None and name not in seen:
        seen.add(name)
        where = "".join(traceback.format_stack(limit=12)) if name == "MainThread" else ""
        print(f"sqlite3 on {name}", where, file=sys.stderr, flush=True)

def noting(name):
    def method(self, *args, **named):
        note()
        return getattr(super(type(self), self), name)(*args, **named)
    return method

names = ("execute", "executemany", "executescript", "fetchone", "fetchmany", "fetchall", "__next__")
Cursor = type("Cursor", (sqlite3.Cursor,), {name: noting(name) for name in names})

class Connection(sqlite3.Connection):
    def cursor(self, factory=Cursor):
        note()
        return super().cursor(factory)

connect = sqlite3.connect
sqlite3.connect = lambda *args, **named: (note(), connect(*args, factory=Connection, **named))[1]
start = app.App.start

async def start_and_watch(self):
    global seen
    await start(self)
    seen = set()

app.App.start = start_and_watch
sys.argv[:4] = ["tornchat"]
cli.main()
"""
"""A tornchat that says, once it has started, which threads use the database."""

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("crowd")
    make_crowd(folder)
    with ServerProcess(folder, CONFIG, prefix=(sys.executable, "-c", WATCHED)) as process:
        yield process


@pytest.fixture(scope="module")
def browser(server: ServerProcess) -> Iterator[Browser]:
    with Browser(server.port) as found:
        yield found


def worked(server: ServerProcess) -> float:
    """Return the processor time that all threads of the server have had."""
    tasks = Path(f"/proc/{server.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def least_work(server: ServerProcess, browser: Browser, path: str, enough: float) -> float:
    """Return what it costs the server to answer, in the best of some tries."""
    least = float("inf")
    for _ in range(TRIES):
        before = worked(server)
        browser.get(path)
        least = min(least, worked(server) - before)
        if least <= enough:
            break
    return least


def test_every_page_is_bounded(server: ServerProcess, browser: Browser) -> None:
    wrong: dict[str, str] = {}
    largest, longest, most = (0, ""), (0, ""), (0.0, "")
    for path in pages():
        page = browser.get(path)
        size, rows = len(page.body), len(ROW.findall(page.body))
        work = least_work(server, browser, path, WORK)
        largest = max(largest, (size, path))
        longest = max(longest, (rows, path))
        most = max(most, (work, path))
        if page.status != 200 or size > MOST_BYTES or rows > MOST_ROWS or work > WORK:
            wrong[path] = (
                f"{page.status}: {size:,} bytes, {rows} rows, {1000 * work:.0f} ms of work"
            )
    figure(
        f"{len(pages())} pages; largest {largest[0] / 1000:.0f} kB ({largest[1]}), "
        f"most rows {longest[0]} ({longest[1]}), most work {1000 * most[0]:.0f} ms ({most[1]})"
    )
    assert not wrong


def test_search_is_bounded_in_work(server: ServerProcess, browser: Browser) -> None:
    wrong: dict[str, str] = {}
    found, most = 0, (0.0, "")
    words = list(searches(SEARCHES))
    assert len(set(words)) == SEARCHES
    for text in words:
        path = f"/admin/messages?search={quote(text)}"
        page = browser.get(path)
        found += b'<li class="message' in page.body
        work = least_work(server, browser, path, WORK_OF_SEARCH)
        most = max(most, (work, text))
        if page.status != 200 or len(page.body) > MOST_BYTES or work > WORK_OF_SEARCH:
            wrong[text] = f"{page.status}: {len(page.body):,} bytes, {1000 * work:.0f} ms of work"
    figure(f"{SEARCHES} searches, {found} with hits; most work {1000 * most[0]:.0f} ms ({most[1]})")
    assert not wrong
    assert found > SEARCHES / 2


def test_no_page_uses_the_database_on_the_thread_of_the_loop(
    server: ServerProcess, browser: Browser
) -> None:
    for path in pages():
        browser.get(path)
    assert "sqlite3 on tornchat-reader-0" in server.log
    assert "sqlite3 on MainThread" not in server.log
