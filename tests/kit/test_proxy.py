"""Each fault of the proxy does what it says, and nothing to others."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from tests.kit.chat import ChatClient
from tests.kit.checker import check, log_of
from tests.kit.http import fetch
from tests.kit.proxy import FaultProxy
from tests.kit.resilient import ResilientClient
from tests.kit.server import ServerProcess
from tests.kit.transport import Transport
from tests.kit.transports import (
    TRANSPORTS,
    EventSource,
    RawWebSocket,
    SockJSWebSocket,
    XhrPolling,
    XhrStreaming,
)
from tests.kit.waiting import scenario, until
from tests.kit.wire import OpenFailed

every_transport = pytest.mark.parametrize("kind", TRANSPORTS.values(), ids=TRANSPORTS)
streaming = pytest.mark.parametrize("kind", [XhrStreaming, EventSource])
upgrading = pytest.mark.parametrize("kind", [RawWebSocket, SockJSWebSocket])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config = {"limits": {"messages_per_second": 0, "joins_per_second": 0}}
    with ServerProcess(tmp_path_factory.mktemp("server"), config) as process:
        yield process


@every_transport
@scenario(20)
async def test_chat_passes_unharmed(kind: type[Transport], server: ServerProcess) -> None:
    async with FaultProxy(server.port) as proxy:
        async with await ChatClient.enter(kind(), proxy.at, "lobby") as ann:
            await ann.send("lobby", "x" * 3000)
            await ann.event("message", text="x" * 3000)
        await until(lambda: not proxy.links)


@every_transport
@scenario(20)
async def test_cut_resets_everybody(kind: type[Transport], server: ServerProcess) -> None:
    async with FaultProxy(server.port) as proxy:
        ann = await ChatClient.enter(kind(), proxy.at, "lobby")
        assert proxy.cut() >= 1
        assert (await ann.wait_closed()).code == 1006
        await ann.close()


@every_transport
@scenario(20)
async def test_cut_after_so_many_bytes(kind: type[Transport], server: ServerProcess) -> None:
    async with (
        FaultProxy(server.port) as proxy,
        await ChatClient.enter(RawWebSocket(), server.at, "lobby") as bob,
    ):
        ann = await ChatClient.enter(kind(), proxy.at, "lobby")
        proxy.faults.cut_after = max(link.brought for link in proxy.links) + 5000
        while ann.closed is None:
            await bob.send("lobby", "y" * 1000)
        assert ann.closed.code == 1006
        await ann.close()


@every_transport
@scenario(20)
async def test_blackhole_swallows_without_a_word(
    kind: type[Transport], server: ServerProcess
) -> None:
    async with (
        FaultProxy(server.port) as proxy,
        await ChatClient.enter(RawWebSocket(), server.at, "lobby") as bob,
    ):
        ann = await ChatClient.enter(kind(), proxy.at, "lobby")
        proxy.faults.blackhole = True
        await bob.send("lobby", "unheard")
        ann.patience = 0.2
        with pytest.raises(TimeoutError):
            await ann.event("message", text="unheard")
        assert ann.closed is None
        proxy.heal()
        ann.patience = 5
        assert (await ann.wait_closed()).code == 1006
        await ann.close()


@scenario(20)
async def test_blackhole_accepts_newcomers_and_never_answers(server: ServerProcess) -> None:
    async with FaultProxy(server.port, blackhole=True) as proxy:
        with pytest.raises(TimeoutError):
            await fetch("127.0.0.1", proxy.port, "/health", patience=0.2)
        proxy.heal()
        assert (await fetch("127.0.0.1", proxy.port, "/health")).status == 200


@scenario(20)
async def test_delay_waits_each_way(server: ServerProcess) -> None:
    async with FaultProxy(server.port, delay=0.1) as proxy:
        began = time.monotonic()
        assert (await fetch("127.0.0.1", proxy.port, "/health")).status == 200
        assert time.monotonic() - began >= 0.2


@scenario(20)
async def test_rate_is_kept(server: ServerProcess) -> None:
    async with FaultProxy(server.port) as proxy:
        whole = len((await fetch("127.0.0.1", proxy.port, "/")).body)
        proxy.faults.rate = whole * 2
        began = time.monotonic()
        assert len((await fetch("127.0.0.1", proxy.port, "/")).body) == whole
        assert time.monotonic() - began >= 0.4


@upgrading
@scenario(20)
async def test_blocked_upgrade_is_refused(kind: type[Transport], server: ServerProcess) -> None:
    async with FaultProxy(server.port, block_websocket="403") as proxy:
        with pytest.raises(OpenFailed) as caught:
            await ChatClient.enter(kind(), proxy.at)
        assert caught.value.status == 403
        async with await ChatClient.enter(XhrStreaming(), proxy.at, "lobby"):
            pass


@upgrading
@scenario(20)
async def test_blocked_upgrade_hangs(kind: type[Transport], server: ServerProcess) -> None:
    async with FaultProxy(server.port, block_websocket="hang") as proxy:
        with pytest.raises(TimeoutError):
            await ChatClient.enter(kind(patience=0.3), proxy.at)


@streaming
@scenario(20)
async def test_buffering_breaks_streaming(kind: type[Transport], server: ServerProcess) -> None:
    async with FaultProxy(server.port, buffer_responses=True) as proxy:
        with pytest.raises(TimeoutError):
            await ChatClient.enter(kind(patience=0.5), proxy.at)


@scenario(20)
async def test_buffering_does_not_break_polling(server: ServerProcess) -> None:
    async with (
        FaultProxy(server.port, buffer_responses=True) as proxy,
        await ChatClient.enter(XhrPolling(), proxy.at, "lobby") as ann,
    ):
        await ann.send("lobby", "by polling")
        await ann.event("message", text="by polling")


@every_transport
@scenario(20)
async def test_site_under_a_path(kind: type[Transport], server: ServerProcess) -> None:
    async with FaultProxy(server.port, mount="/chat") as proxy:
        assert proxy.at.prefix == "/chat/sockjs"
        async with await ChatClient.enter(kind(), proxy.at, "lobby"):
            pass
        assert (await fetch("127.0.0.1", proxy.port, "/chat/health")).status == 200
        assert (await fetch("127.0.0.1", proxy.port, "/health")).status == 404
        assert (await fetch("127.0.0.1", proxy.port, "/chatter/health")).status == 404


@scenario(20)
async def test_path_is_kept_where_it_is_not_to_be_stripped(server: ServerProcess) -> None:
    async with FaultProxy(server.port, mount="/r", strip=False) as proxy:
        assert (await fetch("127.0.0.1", proxy.port, "/r/lobby")).status == 200


@scenario(20)
async def test_forwarded_for_is_added_behind_what_is_there() -> None:
    heads: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener, FaultProxy(port, forwarded_for="10.1.2.3") as proxy:
        await fetch("127.0.0.1", proxy.port, headers={"X-Forwarded-For": "1.1.1.1"})
    assert b"\r\nX-Forwarded-For: 1.1.1.1, 10.1.2.3\r\n" in heads[0]


@scenario(20)
async def test_dead_server_is_a_bad_gateway(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with FaultProxy(1) as proxy:
        assert (await fetch("127.0.0.1", proxy.port)).status == 502


@scenario(20)
async def test_refused_connection_is_reset(server: ServerProcess) -> None:
    async with FaultProxy(server.port, refuse=True) as proxy:
        with pytest.raises((OSError, EOFError)):
            await fetch("127.0.0.1", proxy.port)


@scenario(60)
async def test_resilient_clients_lose_nothing_when_all_are_cut(server: ServerProcess) -> None:
    async with FaultProxy(server.port) as proxy:
        people = [ResilientClient(k, proxy.at, "lobby", name=n) for n, k in TRANSPORTS.items()]
        await asyncio.gather(*(person.start() for person in people))
        for number in range(60):
            people[number % 5].say("lobby", f"line {number}")
            if number % 15 == 14:
                await asyncio.sleep(0.1)
                proxy.cut()
        await asyncio.gather(*(person.settled() for person in people))
        async with await ChatClient.enter(RawWebSocket(), server.at, "lobby") as reader:
            log = log_of(reader.seen("joined")[0]["epoch"], await reader.whole_log("lobby"))
        await asyncio.gather(*(person.caught_up("lobby", log[-1].seq) for person in people))
        await asyncio.gather(*(person.stop() for person in people))
    assert all(person.connections > 1 for person in people)
    assert not check(
        log=log,
        acks=[ack for person in people for ack in person.acks],
        screens={str(person.name): person.views["lobby"].screens for person in people},
    )
