"""Other people's clients chat with us: the stock sockjs-client, bare WebSockets, other origins."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.crowd import ROOM, figure
from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transport import Address, Transport
from tests.kit.transports import ALL, RawWebSocket
from tests.kit.waiting import scenario
from tests.kit.wire import OpenFailed

SCRIPT = Path(__file__).with_name("sockjs_chat.mjs")
VERSION = "1.6.1"
GREETING = "Hello from Node ěšč 🐈"
STOCK_TRANSPORTS = {
    "websocket": "websocket",
    "xhr-streaming": "xhr-streaming",
    "xhr-polling": "xhr",
    "eventsource": "eventsource",
}
"""What sockjs-client calls them, and we."""


@pytest.mark.node
@pytest.mark.npm
@pytest.mark.parametrize("transport", STOCK_TRANSPORTS)
@scenario(40)
async def test_stock_client_chats(transport: str, node: str, tmp_path: Path) -> None:
    package = SCRIPT.parent.parent / "node_modules" / "sockjs-client" / "package.json"
    assert json.loads(package.read_text())["version"] == VERSION
    async with (
        ServerProcess(tmp_path) as server,
        await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Ann") as ann,
    ):
        process = await asyncio.create_subprocess_exec(
            *(node, str(SCRIPT), f"{server.url}sockjs", transport),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        heard = await ann.event("message", text=GREETING)
        transports = [name for name, count in (await server.metrics()).items() if count == 1]
        answer = await ann.send(ROOM, "Hello back")
        out, err = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, err) == (0, b"")
    told = json.loads(out)
    figure(f"sockjs-client {VERSION} over {told['transport']}: {told['messages']}")
    assert told == {
        "transport": transport,
        "ack": heard["seq"],
        "messages": [[heard["seq"], "Nora", GREETING], [answer["seq"], "Ann", "Hello back"]],
        "code": 1000,
    }
    assert f'tornchat_connections{{transport="{STOCK_TRANSPORTS[transport]}"}}' in transports


@scenario(30)
async def test_bare_websocket_without_origin_and_pages_of_both_local_names_chat(
    tmp_path: Path,
) -> None:
    """On every transport: a page of localhost, one of 127.0.0.1, and no page at all."""
    async with ServerProcess(tmp_path) as server, AsyncExitStack() as stack:
        people = [await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="no page")]
        for host in ("localhost", "127.0.0.1"):
            at = Address(host, server.port)
            headers = {"Origin": f"http://{host}:{server.port}"}
            people += [
                await ChatClient.enter(kind(headers=headers), at, ROOM, name=f"{kind.name} {host}")
                for kind in ALL
            ]
        for person in people:
            await stack.enter_async_context(person)
        for person in people:
            await person.send(ROOM, f"I am {person.person['name']}")
        for person in people:
            for other in people:
                await person.event("message", text=f"I am {other.person['name']}")
    figure(f"{len(people)} heard all of each other: " + ", ".join(p.person["name"] for p in people))


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost.evil.test"])
@scenario(30)
async def test_foreign_origin_is_refused_on_every_transport(origin: str, tmp_path: Path) -> None:
    async with (
        ServerProcess(tmp_path) as server,
        await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="witness") as witness,
    ):
        statuses = {kind.name: await refused(kind, origin, server) for kind in ALL}
        metrics = await server.metrics()
        await witness.send(ROOM, "still here")
    figure(f"{origin}: {statuses}")
    assert set(statuses.values()) == {403}
    assert metrics['tornchat_rejections_total{reason="origin"}'] == len(ALL)


async def refused(kind: type[Transport], origin: str, server: ServerProcess) -> int:
    """Return the status with which a page of some origin is turned away."""
    transport = kind(headers={"Origin": origin})
    with pytest.raises(OpenFailed) as caught:
        await transport.open(server.at.host, server.at.port, server.at.prefix)
    await transport.close()
    return caught.value.status
