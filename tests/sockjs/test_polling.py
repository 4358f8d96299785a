"""Sessions over HTTP responses: what waits, what is given back, what expires."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import pytest

from tests.sockjs.peer import (
    Echo,
    Response,
    Server,
    ask,
    begin,
    narrow,
    on_server,
    poll,
    request,
    until,
    waiting_poll,
    websocket,
    xhr_send,
)
from tornchat.frames import Frame
from tornchat.sockjs import Session

STREAMS = {"xhr_streaming": "POST", "eventsource": "GET"}
streams = pytest.mark.parametrize("kind", STREAMS)


async def stream(server: Server, kind: str, session: str = "s") -> Response:
    """Open a stream and read its prelude."""
    response = await begin(server, STREAMS[kind], f"/echo/000/{session}/{kind}")
    assert response.status == 200
    await response.chunk()
    return response


def frame_in(chunk: bytes) -> str:
    return chunk.decode().removeprefix("data: ").strip()


def messages_in(chunk: bytes) -> list[str]:
    frame = frame_in(chunk)
    return list(json.loads(frame[1:])) if frame.startswith("a") else []


def held(server: Server, session: str = "s") -> Any:
    return server.router.get_session(session)


# ── the queue ───────────────────────────────────────────────────────────────────────────────────


@on_server()
async def test_messages_between_two_polls_wait_and_come_in_one_frame(server: Server) -> None:
    await poll(server, "s")
    for text in "abc":
        server.broadcast(text)
    assert await poll(server, "s") == b'a["a","b","c"]\n'
    assert held(server)._size == 0


@on_server()
async def test_large_queue_comes_in_bounded_frames_and_in_order(server: Server) -> None:
    await poll(server, "s")
    texts = [f"{i}" + "x" * 9_000 for i in range(25)]
    for text in texts:
        server.broadcast(text)
    got: list[str] = []
    while len(got) < len(texts):
        body = await poll(server, "s")
        assert len(body) <= 64 * 1024 + 10
        got += messages_in(body)
    assert got == texts


@on_server()
async def test_poll_that_breaks_while_it_is_written_loses_nothing(server: Server) -> None:
    await poll(server, "s")
    broken = await waiting_poll(server, "s")
    narrow(held(server), broken)
    server.broadcast("a" * 200_000)
    server.broadcast("b")
    assert held(server)._given != []
    broken.reset()
    await until(lambda: held(server)._receiver is None)
    assert server.closes == []
    assert messages_in(await poll(server, "s")) == ["a" * 200_000]
    assert messages_in(await poll(server, "s")) == ["b"]
    assert held(server)._size == 0


class Receiver:
    """A response that keeps what it is given."""

    slot = 0

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.given: list[bytes] = []

    def ready(self) -> bool:
        return not self.given

    def deliver(self, payload: bytes) -> None:
        self.given.append(payload)

    def end(self) -> None:
        pass

    beat = overdue = abort = end


@on_server()
async def test_frames_are_given_back_in_their_order(server: Server) -> None:
    await poll(server, "s")
    for text in "abc":
        server.broadcast(text)
    dead = Receiver((await websocket(server)) and server.services[1].session._stream)
    held(server).attach(dead)
    assert dead.given == [b'a["a","b","c"]']
    server.broadcast("d")
    held(server).release(dead, delivered=False)
    assert await poll(server, "s") == b'a["a","b","c","d"]\n'


@on_server()
async def test_poll_of_a_peer_that_has_just_died_loses_nothing_silently(server: Server) -> None:
    await poll(server, "s")
    dead = await waiting_poll(server, "s")
    dead.reset()
    await asyncio.sleep(0)
    server.broadcast("a")
    await until(lambda: held(server)._receiver is None)
    answer = await poll(server, "s")
    assert answer in (b'a["a"]\n', b'c[1002,"Connection interrupted"]\n')


@on_server()
async def test_connection_that_closes_after_its_poll_does_not_end_the_session(
    server: Server,
) -> None:
    await poll(server, "s")
    last = await waiting_poll(server, "s")
    server.broadcast("a")
    assert await last.answer() == b'a["a"]\n'
    last.reset()
    await asyncio.sleep(0.02)
    assert server.closes == []
    server.broadcast("b")
    assert await poll(server, "s") == b'a["b"]\n'


@on_server()
async def test_polls_share_a_connection(server: Server) -> None:
    answer = await begin(server, "POST", "/echo/000/s/xhr")
    for text in "abc":
        await answer.reader.readexactly(int(answer.headers["content-length"]))
        server.broadcast(text)
        answer = await ask(server, answer.reader, answer.writer, "POST", "/echo/000/s/xhr")
        assert answer.status == 200


@streams
@on_server(response_limit=500)
async def test_streams_that_end_at_their_limit_lose_nothing(server: Server, kind: str) -> None:
    texts = [f"message {i}" for i in range(300)]
    got: list[str] = []

    async def write() -> None:
        for text in texts:
            server.broadcast(text)
            await asyncio.sleep(0.0005)

    response = await stream(server, kind)
    writing = asyncio.ensure_future(write())
    rounds = 1
    while len(got) < len(texts):
        chunk = await response.chunk()
        got += messages_in(chunk)
        if not chunk:
            rounds += 1
            response = await stream(server, kind)
    await writing
    assert got == texts
    assert rounds > 5


@streams
@on_server()
async def test_stream_that_breaks_while_it_ends_frees_its_place(server: Server, kind: str) -> None:
    response = await stream(server, kind)
    await response.chunk()
    narrow(held(server), response)
    server.broadcast("a" * 200_000)
    assert held(server)._receiver._finished
    response.reset()
    await until(lambda: held(server)._receiver is None)
    assert server.closes == []
    response = await stream(server, kind)
    assert messages_in(await response.chunk()) == ["a" * 200_000]


@on_server(idle=0.05)
async def test_idle_limit_of_the_server_does_not_cut_what_waits(server: Server) -> None:
    await poll(server, "s")
    waiting = await waiting_poll(server, "s")
    response = await stream(server, "xhr_streaming", "t")
    await response.chunk()
    await asyncio.sleep(0.15)
    server.broadcast("a")
    assert await waiting.answer() == b'a["a"]\n'
    assert messages_in(await response.chunk()) == ["a"]


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────


@on_server()
async def test_poll_queue_is_bounded_at_256_kib(server: Server) -> None:
    await poll(server, "s")
    witness = await websocket(server)
    await until(lambda: len(server.services) == 2)
    for _ in range(27):
        server.broadcast("x" * 10_000)
    assert server.closes == [("xhr", 4001)]
    assert held(server)._size == 0
    await until(lambda: server.services[0].closes == 1)
    assert await poll(server, "s") == b'c[4001,"too slow in reading"]\n'
    assert (await xhr_send(server, "s", "x")).status == 404
    for _ in range(27):
        assert len(await witness.message()) > 10_000


@streams
@pytest.mark.parametrize("away", [False, True])
@on_server(outbound_buffer=300_000)
async def test_stream_over_its_buffer_is_closed_4001(server: Server, kind: str, away: bool) -> None:
    response = await stream(server, kind)
    await response.chunk()
    narrow(held(server), response)
    if away:
        held(server)._receiver.beat()
        await until(lambda: held(server)._receiver is None)
    for _ in range(60):
        server.broadcast("x" * 20_000)
    assert server.closes == [(server.services[0].session.transport, 4001)]
    response = await stream(server, kind)
    assert frame_in(await response.chunk()) == 'c[4001,"too slow in reading"]'
    assert held(server)._size == 0


@streams
@on_server(response_limit=1 << 20)
async def test_stream_without_progress_is_closed_4001(server: Server, kind: str) -> None:
    response = await stream(server, kind)
    await response.chunk()
    narrow(held(server), response)
    for _ in range(10):
        server.broadcast("x" * 30_000)
    await server.pass_time(7)
    assert server.closes == []
    await server.pass_time(3)
    assert [code for _, code in server.closes] == [4001]
    assert held(server)._receiver is None


@on_server()
async def test_poll_without_progress_is_closed_4001(server: Server) -> None:
    await poll(server, "s")
    mute = await waiting_poll(server, "s")
    narrow(held(server), mute)
    server.broadcast("x" * 200_000)
    await server.pass_time(10)
    assert server.closes == [("xhr", 4001)]
    assert await poll(server, "s") == b'c[4001,"too slow in reading"]\n'


# ── expiry and heartbeats ───────────────────────────────────────────────────────────────────────


@on_server()
async def test_session_without_receiver_expires_after_the_delay(server: Server) -> None:
    await poll(server, "s")
    await server.pass_time(4)
    assert server.closes == []
    await server.pass_time(1)
    assert server.closes == [("xhr", 1002)]
    await until(lambda: server.services[0].closes == 1)
    assert held(server) is None
    assert (await xhr_send(server, "s", "x")).status == 404
    assert await poll(server, "s") == b"o\n"


@on_server()
async def test_closed_session_is_forgotten_after_the_delay(server: Server) -> None:
    await poll(server, "s")
    server.services[0].session.close(4000, "bye")
    await server.pass_time(4)
    assert await poll(server, "s") == b'c[4000,"bye"]\n'
    await server.pass_time(1.5)
    assert await poll(server, "s") == b"o\n"
    assert server.services[0].closes == 1


@on_server()
async def test_session_with_a_receiver_does_not_expire(server: Server) -> None:
    await poll(server, "s")
    waiting = await waiting_poll(server, "s")
    await server.pass_time(24)
    assert server.closes == []
    await server.pass_time(1)
    assert await waiting.answer() == b"h\n"
    await server.pass_time(4)
    assert server.closes == []


@on_server()
async def test_clock_that_jumps_expires_no_session(server: Server) -> None:
    await poll(server, "s")
    assert server.clock is not None
    server.clock.now += 3600
    server.router.timer.turn()
    server.clock.now -= 3600
    server.router.timer.turn()
    assert server.closes == []
    server.broadcast("a")
    assert await poll(server, "s") == b'a["a"]\n'


@streams
@on_server()
async def test_stream_ends_at_its_heartbeat_and_the_session_goes_on(
    server: Server, kind: str
) -> None:
    response = await stream(server, kind)
    assert frame_in(await response.chunk()) == "o"
    await server.pass_time(10)
    server.broadcast("a")
    assert messages_in(await response.chunk()) == ["a"]
    await server.pass_time(15)
    assert frame_in(await response.chunk()) == "h"
    assert await response.chunk() == b""
    server.broadcast("b")
    await server.pass_time(4)
    response = await stream(server, kind)
    assert messages_in(await response.chunk()) == ["b"]
    assert server.closes == []


@pytest.mark.parametrize("kind", ["xhr", *STREAMS])
@on_server()
async def test_peer_that_vanishes_without_a_word_is_noticed_within_35_s(
    server: Server, kind: str
) -> None:
    if kind == "xhr":
        await poll(server, "s")
        await waiting_poll(server, "s")
    else:
        await stream(server, kind)
    await server.pass_time(33)
    assert [code for _, code in server.closes] == [1002]
    await until(lambda: server.services[0].closes == 1)
    assert server.router.timer.beating() == []


# ── endings ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["xhr", *STREAMS])
@on_server()
async def test_close_reaches_the_receiver_that_waits(server: Server, kind: str) -> None:
    if kind == "xhr":
        await poll(server, "s")
        waiting = await waiting_poll(server, "s")
        server.services[0].session.close(4000, "bye")
        assert await waiting.answer() == b'c[4000,"bye"]\n'
    else:
        response = await stream(server, kind)
        await response.chunk()
        server.services[0].session.close(4000, "bye")
        assert frame_in(await response.chunk()) == 'c[4000,"bye"]'
        assert await response.chunk() == b""
    assert server.router.timer.beating() == []


@on_server()
async def test_what_was_sent_before_the_close_comes_before_the_close_frame(server: Server) -> None:
    await poll(server, "s")
    session = server.services[0].session
    session.send(Frame(["last words"]))
    session.close(4000, "bye")
    session.send(Frame(["too late"]))
    assert await poll(server, "s") == b'a["last words"]\n'
    assert await poll(server, "s") == b'c[4000,"bye"]\n'


@on_server()
async def test_close_happens_once(server: Server) -> None:
    await poll(server, "s")
    session = server.services[0].session
    session.close(4002, "token expired")
    session.close(4003, "again")
    await server.pass_time(20)
    assert (server.closes, server.services[0].closes) == ([("xhr", 4002)], 1)


# ── messages ────────────────────────────────────────────────────────────────────────────────────


class Slow(Echo):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.gate = asyncio.Event()

    def receive(self, text: str) -> Awaitable[None] | None:
        self.received.append(text)
        return self.wait() if text != "quick" else None

    async def wait(self) -> None:
        await self.gate.wait()


@on_server(service=Slow)
async def test_bodies_are_handled_one_after_the_other(server: Server) -> None:
    await poll(server, "s")
    service = server.services[0]
    assert isinstance(service, Slow)
    first = asyncio.ensure_future(xhr_send(server, "s", "a", "b"))
    await until(lambda: service.received == ["a"])
    second = asyncio.ensure_future(xhr_send(server, "s", "quick", "c"))
    await asyncio.sleep(0.02)
    assert service.received == ["a"]
    service.gate.set()
    assert [(await answer).status for answer in (first, second)] == [204, 204]
    assert service.received == ["a", "b", "quick", "c"]


class Failing(Echo):
    def receive(self, text: str) -> Awaitable[None] | None:
        if text == "now":
            raise RuntimeError
        return self.fail()

    async def fail(self) -> None:
        raise RuntimeError


@pytest.mark.parametrize("when", ["now", "later"])
@on_server(service=Failing)
async def test_failing_service_ends_its_session(
    server: Server, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    await poll(server, "s")
    await xhr_send(server, "s", when)
    assert await poll(server, "s") == b'c[1011,"internal error"]\n'
    assert len(caplog.records) == 1


@on_server()
async def test_failing_factory_ends_its_session(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_session: Session) -> Echo:
        raise RuntimeError

    server.router.make_service = broken
    assert await poll(server, "s") == b"o\n"
    assert await poll(server, "s") == b'c[1011,"internal error"]\n'
    peer = await websocket(server)
    assert await peer.closing() == (1011, "internal error")
    assert len(caplog.records) == 2


@on_server()
async def test_body_over_the_server_limit_is_refused_and_the_session_stays(server: Server) -> None:
    await poll(server, "s")
    answer = await begin(
        server, "POST", "/echo/000/s/xhr_send", headers={"Expect": "x"}, body=b"x" * 140_000
    )
    assert answer.status in (400, 413)
    assert (await request(server, "POST", "/echo/000/s/xhr_send", body="[]")).status == 204
