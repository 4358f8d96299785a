"""The kit's transports against the echo services, and against a real server."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

import pytest

from tests.kit.chat import ChatClient
from tests.kit.http import fetch
from tests.kit.server import ServerProcess, free_port
from tests.kit.transport import Address, Transport
from tests.kit.transports import TRANSPORTS, RawWebSocket, SockJSWebSocket
from tests.kit.waiting import scenario
from tests.kit.wire import Closed, OpenFailed
from tests.kit.ws_raw import PING, encode_frame
from tests.server import ROOT, environment

Kind = TypeVar("Kind", bound=Transport)

every_transport = pytest.mark.parametrize("kind", TRANSPORTS.values(), ids=TRANSPORTS)


@pytest.fixture(scope="module")
def echo() -> Iterator[Address]:
    port = free_port()
    command = [sys.executable, str(ROOT / "tests" / "sockjs_echo.py"), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout
        try:
            assert process.stdout.readline()
            yield Address("127.0.0.1", port, "/echo")
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("server")) as process:
        yield process


@contextlib.asynccontextmanager
async def opened(transport: Kind, at: Address) -> AsyncIterator[Kind]:
    async with transport:
        await transport.open(at.host, at.port, at.prefix)
        yield transport


async def received(transport: Transport, count: int) -> list[str]:
    texts: list[str] = []
    while len(texts) < count:
        texts += await transport.receive()
    return texts


@every_transport
@scenario(20)
async def test_echo_comes_back_in_order(kind: type[Transport], echo: Address) -> None:
    sent = [f'line {number} ☃ \u2028 "quoted"' for number in range(50)]
    async with opened(kind(), echo) as transport:
        for start in range(0, 50, 5):
            await transport.send(sent[start : start + 5])
        assert await received(transport, 50) == sent


@every_transport
@scenario(20)
async def test_responses_roll_over_without_loss(kind: type[Transport], echo: Address) -> None:
    """The echo service ends a streaming response after 4,096 bytes."""
    sent = [f"{number} {'x' * 1000}" for number in range(40)]
    async with opened(kind(), echo) as transport:
        for text in sent:
            await transport.send([text])
        assert await received(transport, 40) == sent


@every_transport
@scenario(20)
async def test_close_of_the_server_has_its_code(kind: type[Transport], echo: Address) -> None:
    at = Address(echo.host, echo.port, "/close")
    with pytest.raises(Closed) as caught:
        async with opened(kind(), at) as transport:
            await transport.receive()
    assert (caught.value.code, caught.value.reason) == (3000, "Go away!")
    assert caught.value.said


@every_transport
@scenario(20)
async def test_abort_ends_who_waits(kind: type[Transport], echo: Address) -> None:
    async with opened(kind(), echo) as transport:
        waiting = asyncio.create_task(transport.receive())
        await asyncio.sleep(0)
        transport.abort()
        with pytest.raises(Closed) as caught:
            await waiting
        assert caught.value.code == 1006
        with pytest.raises(Closed):
            await transport.send(["x"])


@every_transport
@scenario(20)
async def test_paused_transport_hears_nothing_until_it_is_resumed(
    kind: type[Transport], echo: Address
) -> None:
    async with opened(kind(), echo) as transport:
        transport.pause()
        await transport.send(["late"])
        waiting = asyncio.create_task(transport.receive())
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not done
        transport.resume()
        assert await waiting == ["late"]


@pytest.mark.parametrize("kind", [RawWebSocket, SockJSWebSocket])
@scenario(20)
async def test_fragments_arrive_as_one_message(kind: type[RawWebSocket], echo: Address) -> None:
    text = "schön " * 20
    message = text if kind is RawWebSocket else json.dumps([text])
    async with opened(kind(), echo) as transport:
        await transport.socket.send_text(message, pieces=7)
        assert await transport.receive() == [text]


@scenario(20)
async def test_ping_is_answered_and_injected_bytes_go_out_as_they_are(echo: Address) -> None:
    async with opened(RawWebSocket(), echo) as transport:
        await transport.socket.wire.write(encode_frame(PING, b"hey"))
        await transport.send(["x"])
        assert await transport.receive() == ["x"]
        assert transport.socket.pongs == 1
        await transport.socket.wire.write(encode_frame(PING, b"y" * 126))
        with pytest.raises(Closed):
            await transport.receive()


@scenario(20)
async def test_refused_handshake_has_its_status(echo: Address) -> None:
    at = Address(echo.host, echo.port, "/disabled_websocket_echo")
    with pytest.raises(OpenFailed) as caught:
        async with opened(SockJSWebSocket(), at):
            pass
    assert caught.value.status == 404


@scenario(20)
async def test_fetch_returns_status_headers_and_body(echo: Address) -> None:
    response = await fetch(echo.host, echo.port, "/echo/info")
    assert response.status == 200
    assert response.head.get("Content-Type").startswith("application/json")
    assert json.loads(response.body)["websocket"] is True


@every_transport
@scenario(30)
async def test_two_people_chat(kind: type[Transport], server: ServerProcess) -> None:
    ann = await ChatClient.enter(kind(), server.at, "lobby", name=f"Ann {kind.name}")
    bob = await ChatClient.enter(kind(), server.at, "lobby", name=f"Bob {kind.name}")
    async with ann, bob:
        ack = await ann.send("lobby", f"Hello over {kind.name}")
        message = await bob.event("message", text=f"Hello over {kind.name}")
        assert message["seq"] == ack["seq"]
        assert message["from"]["id"] == ann.person["id"]
        back = await bob.send("lobby", "Hello back")
        await ann.event("message", seq=back["seq"])
        seqs = [entry["seq"] for entry in await ann.whole_log("lobby")]
        assert seqs == list(range(1, back["seq"] + 1))
