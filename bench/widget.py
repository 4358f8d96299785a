"""`python -m bench.widget`: what the tag of a chat costs the page that has it, in a real browser.

A page of another site loads the script, mounts a bubble and opens it, each time in a browser that
has nothing of it yet. Chromium's own trace says how long the main thread of that page was busy with
it; the frame is of another site, and so in a process of its own, which does not count. Busy is what
a task took by the processor's clock; by the wall's it also waits for what else the machine does.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.stats import percentile
from bench.table import aligned, plain
from tests.e2e.browser import launch_options
from tests.e2e.embedding import Site, listing, site
from tests.kit.server import ServerProcess, free_port
from tests.machine import CHROMIUM_ARGS, browser_problem, find_chromium

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Request

TIMES = 15
GOAL_MS = 20
SECONDS = 240
"""All of it takes no longer."""
CATEGORIES = (
    "-*",
    "blink.user_timing",
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "v8",
)
PHASES = ("load", "mount", "open")
"""The script comes; a bubble is mounted; somebody opens it, until the chat is online."""
MOUNT = "tornchat('mount', { room: 'lobby' })"
OPEN = "document.querySelector('tornchat-widget').shadowRoot.querySelector('button').click()"
ONLINE = """new Promise((online) => addEventListener('tornchat:state',
    ({ detail }) => detail.state === 'online' && online()))"""
LOADED = """new Promise((loaded) => {
    const look = () => document.readyState === 'complete' && typeof tornchat === 'function'
        ? setTimeout(loaded) : setTimeout(look, 10);
    look();
})"""
QUIET = "new Promise((quiet) => requestIdleCallback(() => setTimeout(quiet)))"


@dataclass(frozen=True)
class Task:
    """One turn of a page's main thread: how long it held it."""

    wall_ms: float
    busy_ms: float
    ours: bool
    """Whether scripts of the chat had a part in it."""


@dataclass(frozen=True)
class Load:
    """What one load of the page has cost."""

    tasks: Mapping[str, Sequence[Task]]
    sizes: Mapping[str, Sequence[int]]
    """Bytes of each answer as it came, by who asked and when."""

    def longest(self, phase: str, *, wall: bool = False) -> float:
        """Return the longest task that the chat had a part in, in ms."""
        return max(
            (task.wall_ms if wall else task.busy_ms for task in self.tasks[phase] if task.ours),
            default=0.0,
        )

    def total(self, phase: str) -> float:
        """Return how long it was busy in all with tasks that the chat had a part in, in ms."""
        return sum(task.busy_ms for task in self.tasks[phase] if task.ours)

    def whole(self, phase: str) -> float:
        """Return the longest task of any kind, the page's own and the browser's too, in ms."""
        return max((task.busy_ms for task in self.tasks[phase]), default=0.0)


def main() -> None:
    """Measure, print; exit 1 where the page was held up for longer than it may be."""
    parser = argparse.ArgumentParser(prog="python -m bench.widget", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help=f"loads; {TIMES} unless told")
    times = parser.parse_args().times
    if problem := browser_problem():
        sys.exit(problem)
    print(f"Load before: {_load()}")
    loads = asyncio.run(asyncio.wait_for(measure(times), SECONDS))
    print(f"\nThe page's main thread, {len(loads)} loads without a cache\n{busy_table(loads)}")
    print(f"\nWhat travels\n{size_table(loads[-1].sizes)}")
    print(f"\nLoad after: {_load()}")
    longest = max(each.longest(phase) for each in loads for phase in PHASES)
    print(f"At most {GOAL_MS} ms at once: {'kept' if longest <= GOAL_MS else 'missed'}")
    sys.exit(longest > GOAL_MS)


def busy_table(loads: Sequence[Load]) -> str:
    """Return a line for each phase: the longest task of the chat, and all of them, in ms."""
    head = ["", "longest p50", "max", "on the wall p50", "max", "all p50", "max", "any task p50"]
    rows = [head]
    for phase in PHASES:
        columns = (
            [load.longest(phase) for load in loads],
            [load.longest(phase, wall=True) for load in loads],
            [load.total(phase) for load in loads],
        )
        cells = [plain(cell) for ms in columns for cell in (percentile(sorted(ms), 0.5), max(ms))]
        rest = plain(percentile(sorted(load.whole(phase) for load in loads), 0.5))
        rows.append([phase, *cells, rest])
    return aligned(rows)


def size_table(sizes: Mapping[str, Sequence[int]]) -> str:
    """Return a line for each part: requests, and bytes as they came."""
    rows = [[name, str(len(each)), f"{sum(each):,}"] for name, each in sizes.items()]
    return aligned([["", "requests", "bytes"], *rows])


async def measure(times: int) -> list[Load]:
    """Load the page so often. Raises TimeoutError where the chat does not come."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 (not everywhere)

    port = free_port()
    chromium = {"executable_path": find_chromium(), "args": CHROMIUM_ARGS}
    with tempfile.TemporaryDirectory() as folder:
        config = listing(port, {"room lobby": {"title": "Lobby"}})
        async with (
            ServerProcess(Path(folder), config) as server,
            site(port) as host,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(**launch_options(chromium))
            address = page_of(host, server.url)
            # The first one starts what a browser keeps for all of its pages.
            await one_load(browser, address, server.url)
            loads = [await one_load(browser, address, server.url) for _ in range(times)]
            await browser.close()
    return loads


def page_of(host: Site, chat: str) -> str:
    """Have a page that loads the script and does nothing; who opens the chat has a name already."""
    guest = json.dumps(json.dumps({"token": None, "name": "Ann"}))
    known = f"<script>localStorage['tornchat:{chat}:guest'] = {guest}</script>"
    return host.put(known + f'<script async src="{chat}widget.js"></script>')


async def one_load(browser: "Browser", address: str, chat: str) -> Load:
    """Load the page in a browser context of its own, mount, open."""
    context = await browser.new_context()
    page = await context.new_page()
    asked: list[tuple[str, Request]] = []
    part = "the tag"
    page.on("request", lambda request: asked.append((part, request)))
    tab = await context.new_cdp_session(page)
    await browser.start_tracing(page=page, categories=list(CATEGORIES))
    await page.goto(address, wait_until="commit")
    await told(tab, LOADED)
    await told(tab, QUIET)
    await told(tab, in_a_task("mount", MOUNT))
    await told(tab, QUIET)
    part = "opening"
    online = asyncio.create_task(told(tab, ONLINE))
    await told(tab, in_a_task("open", OPEN))
    await online
    await told(tab, QUIET)
    trace = json.loads(await browser.stop_tracing())["traceEvents"]
    sizes: dict[str, list[int]] = {}
    for when, request in asked:
        if request.url.startswith(chat):
            where = ", the page" if request.frame == page.main_frame else ", the frame"
            size = (await request.sizes())["responseBodySize"]
            sizes.setdefault(when + where, []).append(size)
    await context.close()
    return Load(by_phase(trace, chat), sizes)


async def told(tab: "CDPSession", expression: str) -> None:
    """Wait for a promise in the page, without anything of Playwright's in it."""
    asked = {"expression": expression, "awaitPromise": True}
    answer = await asyncio.wait_for(tab.send("Runtime.evaluate", asked), 30)
    assert "exceptionDetails" not in answer, answer


def in_a_task(mark: str, code: str) -> str:
    """Return what runs the code in a task of its own, which the trace finds by the mark."""
    return f"""new Promise((done) => setTimeout(() => {{
        performance.mark('{mark}'); {code}; done(); }}))"""


def by_phase(trace: Sequence[Mapping[str, Any]], chat: str) -> dict[str, list[Task]]:
    """Return the tasks of the page's main thread. The frame must not be on the same one."""
    marks = {
        event["name"]: event
        for event in trace
        if event["name"] in PHASES and "blink.user_timing" in event["cat"]
    }
    thread = thread_of(marks["mount"])
    ours = [event for event in trace if event.get("ph") == "X" and chat in url_of(event)]
    framed = {thread_of(event) for event in ours if "/embed/" in url_of(event)}
    assert framed, "the frame ran no script"
    assert thread[0] not in {process for process, _ in framed}, "the frame shares its process"
    begins = [mark["ts"] for mark in marks.values()]
    begins += [event["ts"] for event in ours if thread_of(event) == thread]
    found: dict[str, list[Task]] = {phase: [] for phase in PHASES}
    for event in trace:
        if event["name"] != "RunTask" or thread_of(event) != thread:
            continue
        begin, end = event["ts"], event["ts"] + event.get("dur", 0)
        phase = "load"
        for mark in ("mount", "open"):
            if end > marks[mark]["ts"]:
                phase = mark
        part = any(begin <= each <= end for each in begins)
        busy = event.get("tdur", event.get("dur", 0)) / 1000
        found[phase].append(Task((end - begin) / 1000, busy, part))
    return found


def thread_of(event: Mapping[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


def url_of(event: Mapping[str, Any]) -> str:
    """Return the script that an event of the trace is about, or nothing."""
    args = event.get("args", {})
    data = args.get("data", {}) if isinstance(args, dict) else {}
    if not isinstance(data, dict):
        return ""
    return str(data.get("url") or args.get("fileName") or "")


def _load() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


if __name__ == "__main__":
    main()
