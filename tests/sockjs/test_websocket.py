"""Sessions over WebSocket: bad input, dead and slow peers, heartbeats, and what is left behind."""

import asyncio
import gc
import logging
import os
import socket
import struct
import weakref
from collections.abc import Awaitable

import pytest
from tornado.httputil import HTTPServerRequest

from tests.sockjs.peer import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Echo,
    Server,
    WebSocketPeer,
    begin,
    client_frame,
    handshake_headers,
    narrow,
    on_server,
    reset,
    until,
    websocket,
)
from tornchat.frames import Frame
from tornchat.sockjs import Session
from tornchat.sockjs.websocket import IDLE_FRAMES_PER_SECOND

PATHS = {"websocket": "/echo/000/s/websocket", "raw": "/echo/websocket"}
both = pytest.mark.parametrize("transport", PATHS)


async def pair(server: Server, transport: str) -> tuple[WebSocketPeer, WebSocketPeer]:
    """Open the peer under test and, after it, a healthy witness."""
    peer = await websocket(server, PATHS[transport])
    await until(lambda: len(server.services) == 1)
    witness = await websocket(server, "/echo/000/witness/websocket")
    await until(lambda: len(server.services) == 2)
    return peer, witness


def framed(transport: str, text: str) -> str:
    return text if transport == "raw" else f'a["{text}"]'


# ── bad input ───────────────────────────────────────────────────────────────────────────────────


@both
@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("70 KB text", client_frame(TEXT, b"x" * 70_000), 1009),
        ("2^62 length", bytes([0x81, 0xFF]) + struct.pack("!Q", 2**62) + b"mask", 1009),
        (
            "65 fragments over the limit",
            client_frame(TEXT, b"x" * 1024, first=1) + client_frame(0, b"x" * 1024, first=0) * 64,
            1009,
        ),
        (
            "endless empty fragments",
            client_frame(TEXT, first=1) + client_frame(0, first=0) * 2000,
            1002,
        ),
        ("invalid UTF-8", client_frame(TEXT, b'["\xff\xfe"]'), 1007),
        ("unmasked", client_frame(TEXT, b'["a"]', mask=False), 1002),
        ("rsv1", client_frame(TEXT, b'["a"]', first=0xC1), 1002),
        ("opcode 3", client_frame(3), 1002),
        ("fragmented ping", client_frame(PING, first=PING), 1002),
        ("ping of 126", client_frame(PING, b"x" * 126), 1002),
        ("binary", client_frame(BINARY, b'["a"]'), 4500),
        ("close 999", client_frame(CLOSE, struct.pack("!H", 999)), 1002),
        ("close 1005", client_frame(CLOSE, struct.pack("!H", 1005)), 1002),
        ("close of one byte", client_frame(CLOSE, b"\x03"), 1002),
        ("bad reason", client_frame(CLOSE, b"\x03\xe8\xff"), 1007),
        ("ping flood", client_frame(PING, b"x") * 10_000, 4004),
        ("flood of nothing", client_frame(TEXT) * 10_000, 4004),
        ("noise", b"\x00" * 5000, 1002),
    ],
)
@on_server()
async def test_bad_frame_is_closed_with_its_code_and_harms_nobody(
    server: Server, transport: str, name: str, data: bytes, code: int,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    peer, witness = await pair(server, transport)
    caplog.clear()
    caplog.set_level(logging.INFO)
    peer.writer.write(data)
    assert (await peer.closing())[0] == code
    assert server.closes == [(transport, code)]
    assert server.services[0].closes == 1
    assert server.services[0].received == []
    server.broadcast("still here")
    assert await witness.message() == 'a["still here"]'
    assert len(caplog.records) <= 2
    assert all(record.levelno < logging.ERROR for record in caplog.records)


@both
@on_server()
async def test_too_big_is_said_before_the_payload_comes(server: Server, transport: str) -> None:
    peer = await websocket(server, PATHS[transport])
    peer.writer.write(client_frame(TEXT, b"x" * 70_000)[:10])
    assert await peer.closing() == (1009, "message too big")


@both
@on_server()
async def test_peer_that_never_closes_is_cut_off_after_the_close_timeout(
    server: Server, transport: str
) -> None:
    peer = await websocket(server, PATHS[transport])
    peer.frame(3)
    await peer.closing()
    assert server.router.timer.beating() != []
    await server.pass_time(5.5)
    await peer.gone()
    assert server.router.timer.beating() == []


@on_server()
async def test_peer_floods_after_its_close_in_vain(server: Server) -> None:
    peer = await websocket(server)
    peer.frame(3)
    await peer.closing()
    peer.writer.write(client_frame(TEXT, b'["a"]') * 10_000)
    await server.pass_time(6)
    await peer.gone()
    assert server.services[0].received == []


@both
@on_server()
async def test_code_of_the_peer_is_echoed_and_its_reason_never_written_down(
    server: Server, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    peer = await websocket(server, PATHS[transport])
    peer.frame(CLOSE, struct.pack("!H", 4321) + b"canary")
    assert (await peer.closing())[0] == 4321
    await peer.gone()
    assert server.closes == [(transport, 3000)]
    assert "canary" not in caplog.text


@both
@on_server()
async def test_messages_before_a_close_frame_are_handled(server: Server, transport: str) -> None:
    peer = await websocket(server, PATHS[transport])
    peer.writer.write(client_frame(TEXT, b'["a"]') * 3 + client_frame(CLOSE, b"\x03\xe8"))
    assert (await peer.closing())[0] == 1000
    assert len(server.services[0].received) == 3
    assert server.closes == [(transport, 1000)]


@on_server()
async def test_compression_is_not_negotiated(server: Server) -> None:
    headers = {**handshake_headers(), "Sec-WebSocket-Extensions": "permessage-deflate"}
    answer = await begin(server, "GET", PATHS["raw"], headers=headers)
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


@on_server()
async def test_frames_that_come_with_the_handshake_are_read(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    server.cleanup.append(writer.close)
    head = [f"GET {PATHS['raw']} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    head += [f"{name}: {value}" for name, value in handshake_headers().items()]
    writer.write("\r\n".join([*head, "", ""]).encode() + client_frame(TEXT, b"early"))
    await reader.readuntil(b"\r\n\r\n")
    assert await WebSocketPeer(reader, writer).message() == "early"


@both
@on_server()
async def test_ping_is_answered_with_its_payload(server: Server, transport: str) -> None:
    peer = await websocket(server, PATHS[transport])
    peer.frame(PING, b"x" * 125)
    assert await peer.next() == (PONG, b"x" * 125)


@on_server()
async def test_many_pings_over_time_are_no_flood(server: Server) -> None:
    peer = await websocket(server)
    for _ in range(4):
        for _ in range(IDLE_FRAMES_PER_SECOND - 1):
            peer.frame(PING)
            assert await peer.next() == (PONG, b"")
        await server.pass_time(2)


@both
@on_server()
async def test_every_message_size_up_to_the_limit_comes_back(
    server: Server, transport: str
) -> None:
    peer = await websocket(server, PATHS[transport])
    for size in (1, 120, 121, 122, 130, 16_384, 65_000):
        text = "x" * size
        peer.text(text if transport == "raw" else f'["{text}"]')
        assert await peer.message() == framed(transport, text)


# ── dead peers ──────────────────────────────────────────────────────────────────────────────────


@both
@on_server()
async def test_broadcast_passes_a_peer_that_has_just_died(server: Server, transport: str) -> None:
    peer, witness = await pair(server, transport)
    peer.reset()
    # One turn of the loop: the reset is out, and the server has not looked yet.
    await asyncio.sleep(0)
    for i in range(3):
        server.broadcast(str(i))
    assert [await witness.message() for _ in range(3)] == ['a["0"]', 'a["1"]', 'a["2"]']
    await until(lambda: server.services[0].closes == 1)
    assert server.closes == [(transport, 1006)]
    server.broadcast("after")
    assert await witness.message() == 'a["after"]'


@both
@on_server()
async def test_connections_that_break_leave_nothing_behind(server: Server, transport: str) -> None:
    peers = [await websocket(server, PATHS[transport]) for _ in range(20)]
    await until(lambda: len(server.services) == 20)
    sessions = [weakref.ref(service.session) for service in server.services]
    for i, peer in enumerate(peers):
        peer.reset() if i % 2 else peer.close()
    await until(lambda: len(server.closes) == 20)
    await asyncio.sleep(0)
    assert server.router.sessions[transport] == 0
    assert server.router.timer.beating() == []
    assert [service.closes for service in server.services] == [1] * 20
    server.services.clear()
    gc.collect()
    assert [session() for session in sessions] == [None] * 20


@both
@on_server()
async def test_reset_during_the_handshake_leaves_nothing_behind(
    server: Server, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    head = [f"GET {PATHS[transport]} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    head += [f"{name}: {value}" for name, value in handshake_headers().items()]
    for turns in range(12):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write("\r\n".join([*head, "", ""]).encode())
        for _ in range(turns):
            await asyncio.sleep(0)
        reset(writer)
    witness = await websocket(server)
    await until(lambda: sum(server.router.sessions.values()) == 1)
    assert len(server.router.timer.beating()) == 1
    assert caplog.records == []
    witness.text('["a"]')
    assert await witness.message() == 'a["a"]'


@on_server()
async def test_session_on_a_stream_that_has_closed_ends_at_once(server: Server) -> None:
    await websocket(server)
    await until(lambda: len(server.services) == 1)
    session = server.services[0].session
    session.abandon()
    late = type(session)(server.router, session.info, "websocket", session._stream)
    late.open()
    late.send(Frame(["x"]))
    await until(lambda: [service.closes for service in server.services] == [1, 1])
    assert server.router.timer.beating() == []


@on_server()
async def test_handshake_leaves_no_request_behind(server: Server) -> None:
    peers = [await websocket(server) for _ in range(5)]
    await asyncio.sleep(0.01)
    gc.collect()
    requests = [o for o in gc.get_objects() if isinstance(o, HTTPServerRequest)]
    assert [one for one in requests if one.path.startswith("/echo")] == []
    assert len(peers) == 5


# ── slow peers ──────────────────────────────────────────────────────────────────────────────────


@both
@on_server()
async def test_peer_that_falls_behind_gets_all_in_order_when_it_reads(
    server: Server, transport: str
) -> None:
    peer, witness = await pair(server, transport)
    narrow(server.services[0].session, peer)
    texts = [f"{i:03}" + "x" * (i * 37 % 9000) for i in range(60)]
    texts[20::20] = [f"{i}" + "y" * 150_000 for i in "ab"]
    for text in texts:
        server.broadcast(text)
    assert server.services[0].session._backlog is not None
    assert [await witness.message() for _ in texts] == [f'a["{text}"]' for text in texts]
    peer.writer.transport.resume_reading()
    assert [await peer.message() for _ in texts] == [framed(transport, text) for text in texts]
    await until(lambda: server.services[0].session._backlog is None)
    server.broadcast("direct again")
    assert await peer.message() == framed(transport, "direct again")
    assert server.closes == []


@both
@on_server(outbound_buffer=300_000)
async def test_peer_over_its_buffer_is_closed_4001_and_told_in_order(
    server: Server, transport: str
) -> None:
    peer, witness = await pair(server, transport)
    narrow(server.services[0].session, peer)
    sent = 0
    while not server.closes:
        server.broadcast(f"{sent:04}" + "x" * 20_000)
        sent += 1
        assert (await witness.message())[3:7] == f"{sent - 1:04}"
    assert server.closes == [(transport, 4001)]
    assert server.services[0].session._backlog.size < 400_000
    await until(lambda: server.services[0].closes == 1)
    peer.writer.transport.resume_reading()
    for i in range(sent):
        assert f"{i:04}" in (await peer.message())[:8]
    if transport == "websocket":
        assert await peer.message() == 'c[4001,"too slow in reading"]'
    assert await peer.closing() == (4001, "too slow in reading")


@both
@on_server()
async def test_peer_without_progress_is_closed_4001_and_let_go(
    server: Server, transport: str
) -> None:
    peer, witness = await pair(server, transport)
    narrow(server.services[0].session, peer)
    for _ in range(10):
        server.broadcast("x" * 30_000)
    await server.pass_time(7)
    assert server.closes == []
    await server.pass_time(3)
    assert server.closes == [(transport, 4001)]
    await server.pass_time(6)
    assert len(server.router.timer.beating()) == 1
    assert server.services[0].session._backlog is None
    server.broadcast("y")
    for _ in range(10):
        await witness.message()
    assert await witness.message() == 'a["y"]'


@on_server()
async def test_peer_that_progresses_slowly_is_kept(server: Server) -> None:
    peer = await websocket(server)
    await until(lambda: len(server.services) == 1)
    session = server.services[0].session
    narrow(session, peer)
    for _ in range(20):
        server.broadcast("x" * 30_000)
    with socket.socket(fileno=os.dup(peer.writer.get_extra_info("socket").fileno())) as sip:
        for _ in range(5):
            await server.pass_time(6)
            written = session._stream._total_write_done_index
            while session._stream._total_write_done_index == written:
                sip.recv(4096)
                await asyncio.sleep(0.001)
            assert session._backlog is not None
    assert server.closes == []


@on_server(outbound_buffer=100_000)
async def test_closed_is_never_told_from_inside_send(server: Server) -> None:
    room: set[Session] = set()

    class Member(Echo):
        def __init__(self, session: Session) -> None:
            super().__init__(session)
            room.add(session)

        def closed(self) -> None:
            super().closed()
            room.discard(self.session)

    server.router.make_service = Member
    peers = [await websocket(server) for _ in range(4)]
    await until(lambda: len(room) == 4)
    for session in room:
        assert session.socket is not None
        session.socket.setsockopt(1, 7, 4096)
    for peer in peers:
        peer.writer.transport.pause_reading()
    frame = Frame(["x" * 60_000])
    for _ in range(60):
        for session in room:
            session.send(frame)
    assert {code for _, code in server.closes} == {4001}
    await until(lambda: not room)


# ── heartbeats ──────────────────────────────────────────────────────────────────────────────────


@both
@on_server()
async def test_heartbeat_is_sent_and_its_answer_keeps_the_peer(
    server: Server, transport: str
) -> None:
    peer = await websocket(server, PATHS[transport])
    await until(lambda: len(server.services) == 1)
    for _ in range(3):
        await server.pass_time(25)
        if transport == "websocket":
            assert await peer.next() == (TEXT, b"h")
        assert await peer.next() == (PING, b"")
        peer.frame(PONG)
        await until(lambda: not server.services[0].session._pinged)
    assert server.closes == []


@both
@on_server()
async def test_silent_peer_is_closed_4005_within_35_s_and_then_cut_off(
    server: Server, transport: str
) -> None:
    peer = await websocket(server, PATHS[transport])
    await until(lambda: len(server.services) == 1)
    await server.pass_time(34)
    assert server.closes == []
    await server.pass_time(1.1)
    assert server.closes == [(transport, 4005)]
    assert await peer.closing() == (4005, "no answer to a ping")
    await server.pass_time(5.1)
    await peer.gone()
    assert server.router.timer.beating() == []


@on_server()
async def test_clock_that_jumps_closes_nobody(server: Server) -> None:
    peer = await websocket(server)
    await until(lambda: len(server.services) == 1)
    assert server.clock is not None
    await server.pass_time(25)
    server.clock.now += 3600
    server.router.timer.turn()
    server.clock.now -= 7200
    server.router.timer.turn()
    assert server.closes == []
    peer.text('["a"]')
    await until(lambda: server.services[0].received == ["a"])


# ── the service ─────────────────────────────────────────────────────────────────────────────────


class Slow(Echo):
    """Takes its time with each message."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.gate = asyncio.Event()

    def receive(self, text: str) -> Awaitable[None] | None:
        self.received.append(text)
        return self.wait()

    async def wait(self) -> None:
        await self.gate.wait()


@both
@on_server(service=Slow)
async def test_next_message_waits_for_the_one_before(server: Server, transport: str) -> None:
    peer = await websocket(server, PATHS[transport])
    for text in "abc":
        peer.text(text if transport == "raw" else f'["{text}"]')
    await until(lambda: bool(server.services) and bool(server.services[0].received))
    await server.pass_time(40)
    service = server.services[0]
    assert isinstance(service, Slow)
    assert service.received == ["a"]
    assert server.closes == [], "a peer that is not read from cannot answer a ping"
    service.gate.set()
    await until(lambda: service.received == ["a", "b", "c"])


class Failing(Echo):
    def receive(self, text: str) -> Awaitable[None] | None:
        if text == "later":
            return self.fail()
        if text == "now":
            raise RuntimeError
        return super().receive(text)

    async def fail(self) -> None:
        raise RuntimeError


@both
@pytest.mark.parametrize("when", ["now", "later"])
@on_server(service=Failing)
async def test_failing_service_ends_its_own_session_only(
    server: Server, transport: str, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    peer, witness = await pair(server, transport)
    peer.text(when if transport == "raw" else f'["{when}"]')
    assert await peer.closing() == (1011, "internal error")
    server.broadcast("x")
    assert await witness.message() == 'a["x"]'
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info is not None


@on_server()
async def test_close_happens_once_and_send_after_it_is_ignored(server: Server) -> None:
    peer = await websocket(server)
    await until(lambda: len(server.services) == 1)
    session = server.services[0].session
    session.close(4002, "token expired")
    session.close(4003, "again")
    session.send(Frame(["late"]))
    assert await peer.message() == 'c[4002,"token expired"]'
    assert await peer.closing() == (4002, "token expired")
    peer.frame(CLOSE, b"\x0f\xa2")
    await peer.gone()
    assert (server.closes, server.services[0].closes) == ([("websocket", 4002)], 1)


@on_server()
async def test_service_learns_who_connected_and_not_the_session_id(server: Server) -> None:
    headers = {"User-Agent": "agent/" + "x" * 400, "Origin": f"http://127.0.0.1:{server.port}"}
    await websocket(server, "/echo/000/secret/websocket", headers)
    await until(lambda: len(server.services) == 1)
    info = server.services[0].session.info
    assert (info.address, info.path, info.secure) == ("127.0.0.1", "/echo", False)
    assert info.origin == headers["Origin"]
    assert info.host == f"127.0.0.1:{server.port}"
    assert len(info.user_agent) == 256
    assert "secret" not in repr(info)
