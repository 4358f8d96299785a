"""`/client.js` on somebody's own page: another origin, the example of the docs, and the promise."""

import asyncio
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from tests.e2e.browser import People
from tests.e2e.elsewhere import elsewhere
from tests.e2e.test_recovery import tornchat
from tests.e2e.test_size import OFTEN
from tests.kit.chat import ChatClient
from tests.kit.proxy import FaultProxy
from tests.kit.server import HOST, Config, ServerProcess, free_port
from tests.kit.transports import RawWebSocket
from tests.kit.waiting import until_true

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

EXAMPLE = Path(__file__).parents[2] / "examples/javascript/chat.html"
EXAMPLE_LINES = 30
MOST_BYTES = 15_000
"""What `/client.js` weighs at most, packed: all of it, the HTTP transports too."""
KINDS = ("websocket", "xhr-streaming", "xhr-polling")
FLOOD = 60
GONE = ("net::ERR_", "WebSocket connection", "502 (Bad Gateway)", "CORS policy")
LINES = "() => [...document.querySelectorAll('#log li')].map((line) => line.textContent)"
LINES_NOW = f"() => (dispatchEvent(new Event('online')), ({LINES})())"
"""The same from a page that has its network back, and so tries at once."""

FOLLOW = """async ([url, kinds]) => {
    const { connect } = await import(`${url}client.js`);
    window.heard = {};
    for (const transport of kinds) {
        const chat = connect({ transport, storage: null });
        const room = await chat.join('flood', { limit: 1 });
        const each = { from: room.cursor, seqs: [], gaps: [], cuts: 0, chat };
        window.heard[transport] = each;
        await new Promise((resolve) => setTimeout(resolve, 20));  // whatever else a page does
        room.on('message', ({ seq }) => each.seqs.push(seq));
        room.on('gap', ({ entries, ...gap }) => each.gaps.push([gap, entries.length]));
        room.on('state', ({ state }) => (each.cuts += state === 'recovering'));
    }
}"""
HEARD = """() => Object.values(window.heard).map(({ chat, ...each }) => {
    chat.retry();
    return { ...each, now: chat.transport };
})"""

EVERYTHING = """async (url) => {
    const { connect, ChatError } = await import(`${url}client.js`);
    const chat = connect({ name: 'Ann', storage: null });
    const other = connect({ name: 'Bob', storage: null });
    const [room, theirs] = await Promise.all([chat.join('lobby'), other.join('lobby')]);
    const garden = await chat.join('garden');
    const next = (from, name, wanted = () => true) => new Promise((resolve) => {
        const off = from.on(name, (event) => {
            if (!wanted(event)) return;
            off();
            resolve(event);
        });
    });
    const refused = (promise) =>
        promise.then(() => 'kept', (error) => error instanceof ChatError && error.code);
    const found = { title: room.title, can: room.can };
    found.names = [chat.person.name, other.person.name];

    const move = { kind: 'chess.move', data: { from: 'e2', to: 'e4' } };
    const { seq } = await room.send('e4', move);
    const message = await next(theirs, 'message');  // it waits for who listens
    found.message = [message.seq === seq, message.from.name, message.text];
    found.move = [message.kind, message.data];
    const answer = { replyTo: seq, clientId: 'k-1' };
    const second = await theirs.send('e5', answer);
    const answered = await next(room, 'message', ({ text }) => text === 'e5');
    found.answer = [answered.replyTo === seq, answered.clientId];
    found.again = (await theirs.send('e5', answer)).seq === second.seq;
    found.conflict = await refused(theirs.send('d5', { clientId: 'k-1' }));

    const signalled = next(theirs, 'signal');
    await room.signal('chess.clock', 59);
    found.signal = await signalled.then(({ from, kind, data }) => [from.name, kind, data]);
    const typed = next(theirs, 'typing');
    room.typing();
    found.typing = await typed.then(({ person, on }) => [person.name, on]);
    const deleted = next(theirs, 'deleted');
    await room.delete(seq);
    found.deleted = (await deleted).target === seq;
    const page = await room.history({ limit: 2 });
    found.history = page.entries.map(({ text, deleted = false }) => [text, deleted]);
    const log = await room.history({ after: 0, view: 'log' });
    found.log = log.entries.map(({ type }) => type);
    const reply = await room.command('/who');
    found.command = reply.ok && reply.text.includes('Bob');
    const named = next(other, 'named');
    await chat.rename('Anna');
    found.named = await named.then(({ person, was }) => [was, person.name]);
    found.garden = [garden.title, garden.entries.length];
    found.missing = await refused(chat.join('nowhere'));
    found.toolong = await refused(room.send('x'.repeat(5000)));
    const come = next(room, 'presence', ({ joins }) => joins.some(({ name }) => name === 'Cid'));
    const third = connect({ name: 'Cid', storage: null });
    await third.join('lobby');
    found.people = (await come).people.filter(({ name }) => name === 'Cid').length;
    const key = `tk_${'a'.repeat(43)}`;
    found.wrong = await refused(connect({ token: key, storage: null }).join('lobby'));
    for (const each of [chat, other, third]) each.close();
    found.closed = await refused(room.send('late'));
    return found;
}"""

REFUSED = """async (url) => {
    const { connect } = await import(`${url}client.js`);
    const chat = connect();
    const error = await new Promise((resolve) => chat.on('error', resolve));
    return [error.code, error.retryable, error.message.includes(location.origin)];
}"""

IN_NODE = """
import { connect } from "./client.mjs";
const chat = connect({ url: process.argv[2], name: "Robot" });
const room = await chat.join("lobby");
room.on("message", async ({ from, text }) => {
  if (text !== "ping") return;
  const { seq } = await room.send(`pong ${from.name}`);
  console.log(JSON.stringify({ seq, transport: chat.transport, kind: chat.person.kind }));
  chat.close();
});
console.log("ready");
"""


@pytest.fixture(scope="module")
def friend() -> int:
    """The port of the page that may connect."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, friend: int) -> Iterator[ServerProcess]:
    config: Config = {
        "server": {"origins": f"http://{HOST}:{friend}"},
        "limits": {"messages_per_second": 0, "joins_per_second": 0},
        "room lobby": {"title": "Lobby"},
        "room garden": {"title": "Garden"},
        "room flood": {"title": "Flood"},
    }
    with ServerProcess(tmp_path_factory.mktemp("client"), config) as process:
        yield process


async def page_at(context: "BrowserContext", port: int, html: str = "") -> "Page":
    """Open a page that says this, at another origin."""
    page = await context.new_page()
    await page.goto(f"http://{HOST}:{port}/")
    if html:
        await page.set_content(html)
    return page


def script_of(server: ServerProcess) -> bytes:
    with urlopen(f"{server.url}client.js", timeout=5) as response:
        content: bytes = response.read()
    return content


def test_client_is_small(server: ServerProcess) -> None:
    assert len(gzip.compress(script_of(server))) <= MOST_BYTES


async def test_example_chats_from_another_origin_over_a_restart(
    people: People, server: ServerProcess, friend: int
) -> None:
    """Two people on the page of the docs; the server dies while they write."""
    people.expect_problems(*GONE)
    html = EXAMPLE.read_text()
    assert html.count("\n") <= EXAMPLE_LINES
    html = html.replace("https://chat.example.org/", server.url)
    contexts = [await people.new_context() for _ in range(2)]
    said = ["one", "two", "three", "four"]
    async with elsewhere(friend):
        pages = [await page_at(context, friend, html) for context in contexts]
        for page in pages:
            await page.locator("#state", has_text="online").wait_for()
        await write(pages[0], said[0])
        await reads(pages[1], said[:1])
        await write(pages[1], said[1])
        await reads(pages[0], said[:2])
        server.kill9()
        await write(pages[0], said[2])
        await server.restart()
        for page in pages:
            await reads(page, said[:3], script=LINES_NOW)
        await write(pages[1], said[3])
        for page in pages:
            await reads(page, said)
        again = await page_at(contexts[0], friend, html)
        await reads(again, said)
        await write(again, "five")
        await reads(pages[1], [*said, "five"])
        names = [line.split(": ")[0] for line in await pages[1].evaluate(LINES)]
    assert (names[0], names[1]) == (names[4], names[3]) != (names[1], names[0])


async def write(page: "Page", text: str) -> None:
    """Send a message on the example's page."""
    await page.get_by_label("Message").fill(text)
    await page.get_by_role("button", name="Send").click()


async def reads(page: "Page", texts: list[str], *, script: str = LINES) -> None:
    """Wait until these are the messages on the example's page."""
    found: list[str] = []

    async def there() -> bool:
        found[:] = [line.split(": ", 1)[1] for line in await page.evaluate(script)]
        return found == texts

    try:
        await until_true(there, patience=15)
    except TimeoutError:
        raise AssertionError(f"shown: {found}, wanted: {texts}") from None


async def test_everything_that_the_docs_describe(
    people: People, server: ServerProcess, friend: int
) -> None:
    people.expect_problems("ChatError: token: no key of this server")
    async with elsewhere(friend):
        page = await page_at(await people.new_context(), friend)
        found = await page.evaluate(EVERYTHING, server.url)
    assert found == {
        "title": "Lobby",
        "can": ["read", "write"],
        "names": ["Ann", "Bob"],
        "message": [True, "Ann", "e4"],
        "move": ["chess.move", {"from": "e2", "to": "e4"}],
        "answer": [True, "k-1"],
        "again": True,
        "conflict": "conflict",
        "signal": ["Ann", "chess.clock", 59],
        "typing": ["Ann", True],
        "deleted": True,
        "history": [["", True], ["e5", False]],
        "log": await _log_so_far(server),
        "command": True,
        "named": ["Ann", "Anna"],
        "garden": ["Garden", 0],
        "missing": "not_found",
        "toolong": "too_large",
        "people": 1,
        "wrong": "unauthorized",
        "closed": "left",
    }


async def _log_so_far(server: ServerProcess) -> list[str]:
    """Return the types of what is in the lobby's log, as another client reads it."""
    async with await ChatClient.enter(RawWebSocket(), server.at, "lobby", name="Reader") as reader:
        return [entry["type"] for entry in await reader.whole_log("lobby")]


async def test_each_entry_once_and_in_order_over_cuts_on_every_transport(
    people: People, server: ServerProcess, friend: int
) -> None:
    """Three chats on one page, one for each transport, under a path, on a line that breaks."""
    people.expect_problems(*GONE)
    heard: list[dict[str, Any]] = []
    async with (
        elsewhere(friend),
        FaultProxy(server.port, mount="/chat") as proxy,
        await ChatClient.enter(RawWebSocket(), server.at, "flood", name="Writer") as writer,
    ):
        page = await page_at(await people.new_context(), friend)
        await writer.send("flood", "before")
        await page.evaluate(FOLLOW, [proxy.url, KINDS])
        for number in range(FLOOD):
            await writer.send("flood", f"line {number}")
            if number % 20 == 5:
                proxy.faults.refuse = True
                proxy.cut()
            if number % 20 == 10:
                proxy.faults.refuse = False
            if number % 4 == 0:
                await page.evaluate(HEARD)
        last = (await writer.send("flood", "the end"))["seq"]

        async def whole() -> bool:
            heard[:] = await page.evaluate(HEARD)
            return all(each["seqs"][-1:] == [last] for each in heard)

        await until_true(whole, patience=30)
    for each, kind in zip(heard, KINDS, strict=True):
        assert each["seqs"] == list(range(each["from"] + 1, last + 1)), kind
        assert (each["gaps"], each["now"]) == ([], kind)
        assert each["cuts"] >= 1, f"{kind} was never cut"


@pytest.mark.thorough
async def test_gaps_are_told_and_what_is_there_is_not_left_out(
    people: People, tmp_path: Path, friend: int
) -> None:
    """The room keeps ten entries while the page is away; then a backup is restored."""
    people.expect_problems(*GONE)
    config: Config = {
        "server": {"origins": f"http://{HOST}:{friend}"},
        "limits": {"messages_per_second": 0},
        "room flood": {"title": "Flood"},
    }
    async with (
        elsewhere(friend),
        ServerProcess(tmp_path, config) as server,
        FaultProxy(server.port) as proxy,
    ):
        await flood(server, 3)
        page = await page_at(await people.new_context(), friend)
        await page.evaluate(FOLLOW, [proxy.url, ["websocket"]])
        assert await flood(server, 5) == 8
        await heard_to(page, 8)
        await tornchat(server, "backup", "copy.db")

        proxy.faults.refuse = True
        proxy.cut()
        await server.term()
        server.prefix = (sys.executable, "-c", OFTEN)
        server.configure({**config, "rooms": {"history_messages": 10}})
        await server.restart()
        last = await flood(server, 30)
        async with await ChatClient.enter(RawWebSocket(), server.at, "flood") as reader:

            async def pruned() -> bool:
                return bool((await reader.join("flood"))["first"] == last - 9)

            await until_true(pruned)
        proxy.heal()
        each = await heard_to(page, last)
        expired = {"reason": "expired", "from": 9, "to": last - 10, "anew": False}
        assert each["gaps"] == [[expired, 0]]
        assert each["seqs"] == [*range(4, 9), *range(last - 9, last + 1)]

        await server.term()
        await tornchat(server, "restore", "copy.db")
        await server.restart()

        async def told() -> bool:
            return len((await page.evaluate(HEARD))[0]["gaps"]) == 2

        await until_true(told)
        assert await flood(server, 2) == 10
        each = await heard_to(page, 10)
    gap, page_size = each["gaps"][1]
    assert (gap["reason"], gap["anew"], gap["to"], page_size) == ("restored", True, 8, 1)
    assert each["seqs"][-2:] == [9, 10]


async def flood(server: ServerProcess, count: int) -> int:
    """Write so many messages and return the last seq."""
    async with await ChatClient.enter(RawWebSocket(), server.at, "flood") as writer:
        seqs = [(await writer.send("flood", "a line"))["seq"] for _ in range(count)]
    return int(seqs[-1])


async def heard_to(page: "Page", last: int) -> dict[str, Any]:
    """Wait until a page has heard an entry, and return all that it has heard."""
    each: dict[str, Any] = {}

    async def there() -> bool:
        each.update((await page.evaluate(HEARD))[0])
        return bool(each["seqs"][-1:] == [last])

    await until_true(there, f"{last} last, not {each}")
    return each


async def test_page_that_nobody_listed_is_told_so(people: People, server: ServerProcess) -> None:
    people.expect_problems(*GONE, "Failed to load resource")
    async with elsewhere() as port:
        page = await page_at(await people.new_context(), port)
        found = await page.evaluate(REFUSED, server.url)
    assert found == ["origin_refused", True, True]


@pytest.mark.node
async def test_runs_in_node(
    people: People, server: ServerProcess, node: str, tmp_path: Path
) -> None:
    (tmp_path / "client.mjs").write_bytes(script_of(server))
    (tmp_path / "robot.mjs").write_text(IN_NODE)
    robot = await asyncio.create_subprocess_exec(
        node, str(tmp_path / "robot.mjs"), server.url, stdout=subprocess.PIPE
    )
    assert robot.stdout is not None
    async with asyncio.timeout(20):
        assert await robot.stdout.readline() == b"ready\n"
        async with await ChatClient.enter(RawWebSocket(), server.at, "lobby", name="Ann") as ann:
            await ann.send("lobby", "ping")
            message = await ann.event("message", text="pong Ann")
            said = json.loads(await robot.stdout.readline())
        assert said["seq"] == message["seq"]
        assert said["kind"] == "guest"
        assert await robot.wait() == 0
