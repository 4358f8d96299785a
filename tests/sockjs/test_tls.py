"""WebSockets under TLS: never written to the socket directly, else the same."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.kit.certificate import certify
from tests.sockjs.peer import Server, WebSocketPeer, handshake_headers, serving, until

TEXTS = [f"{i:03}" + "x" * (i * 977 % 60_000) for i in range(80)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certify(tmp_path_factory.mktemp("tls"))


def run(certificate: tuple[Path, Path], test: Callable[[Server], Awaitable[None]]) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)

    async def scenario() -> None:
        async with asyncio.timeout(60), serving(tls=context, outbound_buffer=8 << 20) as server:
            await test(server)

    asyncio.run(scenario())


async def secure_websocket(server: Server) -> WebSocketPeer:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, ssl=context, limit=1 << 22
    )
    server.cleanup.append(writer.close)
    head = ["GET /echo/0/s/websocket HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    head += [f"{name}: {value}" for name, value in handshake_headers().items()]
    writer.write("\r\n".join([*head, "", ""]).encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    peer = WebSocketPeer(reader, writer)
    assert await peer.message() == "o"
    return peer


def test_tls_peer_that_falls_behind_gets_all_in_order(certificate: tuple[Path, Path]) -> None:
    async def scenario(server: Server) -> None:
        peer = await secure_websocket(server)
        await until(lambda: len(server.services) == 1)
        session = server.services[0].session
        assert session.info.secure
        session._stream.socket.setsockopt(1, 7, 16384)
        peer.writer.transport.pause_reading()
        for text in TEXTS:
            server.broadcast(text)
        assert session._backlog is not None
        peer.writer.transport.resume_reading()
        for text in TEXTS:
            assert await peer.message() == f'a["{text}"]'
        peer.text('["back"]')
        assert await peer.message() == 'a["back"]'

    run(certificate, scenario)


def test_tls_peer_gets_close_code_and_reason(certificate: tuple[Path, Path]) -> None:
    async def scenario(server: Server) -> None:
        peer = await secure_websocket(server)
        await until(lambda: len(server.services) == 1)
        server.services[0].session.close(4000, "bye")
        assert await peer.message() == 'c[4000,"bye"]'
        assert await peer.closing() == (4000, "bye")

    run(certificate, scenario)
