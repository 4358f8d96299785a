"""Pages of other origins: one that nobody listed, one without an origin, and one that may connect.

The last one uses the SockJS client that people install, from npm.
"""

import asyncio
import json
from collections.abc import Iterator

import pytest

from tests.e2e.browser import People, say
from tests.e2e.elsewhere import elsewhere
from tests.e2e.room_page import shows
from tests.kit.server import HOST, ServerProcess, free_port

REFUSED = ("CORS policy", "WebSocket connection", "Failed to load resource", "net::ERR_")
ATTACK = """async (target) => {
    const socket = (path) => new Promise((resolve) => {
        const ws = new WebSocket(target.replace('http', 'ws') + path);
        ws.onopen = () => resolve('open');
        ws.onerror = () => resolve('refused');
    });
    const request = async (path, options) => {
        try {
            const response = await fetch(target + path, options);
            await response.body?.getReader().read();  // the beginning of a stream is enough
            return `read ${response.status}`;
        } catch {
            return 'refused';
        }
    };
    const stream = (path) => new Promise((resolve) => {
        const source = new EventSource(target + path);
        source.onmessage = () => { source.close(); resolve('open'); };
        source.onerror = () => { source.close(); resolve('refused'); };
    });
    const post = { method: 'POST', body: '["{}"]', headers: { 'Content-Type': 'text/plain' } };
    const withCookies = { ...post, credentials: 'include' };
    return {
        raw: await socket('sockjs/websocket'),
        websocket: await socket('sockjs/000/evil1/websocket'),
        info: await request('sockjs/info'),
        xhr: await request('sockjs/000/evil2/xhr', post),
        xhr_send: await request('sockjs/000/evil2/xhr_send', post),
        xhr_with_cookies: await request('sockjs/000/evil3/xhr', withCookies),
        xhr_streaming: await request('sockjs/000/evil4/xhr_streaming', post),
        eventsource: await stream('sockjs/000/evil5/eventsource'),
        rooms: await request('api/v1/rooms'),
        page: await request('r/lobby'),
    };
}"""
CONVERSE = """([target, transport, room]) => new Promise((resolve) => {
    const sock = new SockJS(target + 'sockjs', null, { transports: [transport] });
    const tell = (command) => sock.send(JSON.stringify(command));
    const result = { transport: null, events: [] };
    sock.onopen = () => {
        result.transport = sock.transport;
        tell({ type: 'hello', protocol: 1, name: transport });
        tell({ type: 'join', room });
        for (let n = 0; n < 5; n += 1)
            tell({ type: 'send', room, text: `${transport} ${n}`, client_id: `${transport}${n}` });
    };
    sock.onmessage = ({ data }) => {
        const event = JSON.parse(data);
        result.events.push(event);
        if (event.type === 'message' && event.text === `${transport} end`) sock.close();
    };
    sock.onclose = ({ code }) => resolve({ ...result, code });
})"""
TRANSPORTS = ("websocket", "xhr-streaming", "eventsource", "xhr-polling")


@pytest.fixture(scope="module")
def friend() -> int:
    """The port of the page that may connect."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, friend: int) -> Iterator[ServerProcess]:
    config = {
        "server": {"origins": f"http://{HOST}:{friend}"},
        "limits": {"messages_per_second": 0},
        "room lobby": {"title": "Lobby"},
    }
    with ServerProcess(tmp_path_factory.mktemp("origins"), config) as process:
        yield process


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "evil.localhost"])
async def test_page_of_another_origin_is_refused(
    people: People, server: ServerProcess, host: str
) -> None:
    people.expect_problems(*REFUSED)
    async with elsewhere() as port:
        page = await (await people.new_context()).new_page()
        await page.goto(f"http://{host}:{port}/")
        found = await page.evaluate(ATTACK, server.url)
        assert set(found.values()) == {"refused"}, found


async def test_page_without_an_origin_is_refused(people: People, server: ServerProcess) -> None:
    """A frame in a sandbox: its Origin is `null`."""
    people.expect_problems(*REFUSED)
    async with elsewhere() as port:
        page = await (await people.new_context()).new_page()
        await page.goto(f"http://{HOST}:{port}/")
        script = (
            f"({ATTACK})({json.dumps(server.url)}).then((found) => parent.postMessage(found, '*'))"
        )
        found = await page.evaluate(
            """(script) => new Promise((resolve) => {
                addEventListener('message', ({ data, origin }) => resolve([data, origin]));
                const frame = document.createElement('iframe');
                frame.sandbox = 'allow-scripts';
                frame.srcdoc = `<script>${script}</script>`;
                document.body.append(frame);
            })""",
            script,
        )
        assert found[1] == "null"
        assert set(found[0].values()) == {"refused"}, found


async def test_same_page_at_a_listed_origin_may_chat(
    people: People, server: ServerProcess, friend: int
) -> None:
    """What the tests above refuse would get through."""
    people.expect_problems(*REFUSED)
    async with elsewhere(friend) as port:
        page = await (await people.new_context()).new_page()
        await page.goto(f"http://{HOST}:{port}/")
        found = await page.evaluate(ATTACK, server.url)
    assert found.pop("rooms") == found.pop("page") == "refused"
    assert found.pop("xhr_send") == "read 204"
    assert set(found.values()) == {"open", "read 200"}, found


@pytest.mark.npm
async def test_sockjs_client_of_a_listed_origin_chats_over_each_transport(
    people: People, server: ServerProcess, friend: int
) -> None:
    """Together with somebody on our own page."""
    ann = await people.new_person("Ann")
    async with elsewhere(friend) as port:
        page = await (await people.new_context()).new_page()
        await page.goto(f"http://{HOST}:{port}/")
        await page.add_script_tag(url="/sockjs.js")
        assert await page.evaluate("() => SockJS.version") == "1.6.1"
        expected: list[str] = []
        for transport in TRANSPORTS:
            heard = asyncio.create_task(page.evaluate(CONVERSE, [server.url, transport, "lobby"]))
            expected += [f"{transport} {number}" for number in range(5)]
            await shows(ann, expected)
            await say(ann, f"{transport} end")
            expected.append(f"{transport} end")
            found = await heard
            assert found["transport"] == transport
            said = [event for event in found["events"] if event["type"] == "message"]
            assert [event["text"] for event in said] == expected[-6:]
            assert [event["type"] for event in found["events"]].count("ack") == 5
            assert found["code"] == 1000
        await page.close()
