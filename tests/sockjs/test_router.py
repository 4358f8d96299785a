"""The endpoint as a whole: counts, limits, logs, and what stopping leaves."""

import asyncio
import gc
import logging

import pytest

from tests.sockjs.peer import (
    Server,
    begin,
    handshake_headers,
    on_server,
    poll,
    request,
    until,
    waiting_poll,
    websocket,
    xhr_send,
)


async def one_of_each(server: Server) -> None:
    await websocket(server)
    await websocket(server, "/echo/websocket")
    await poll(server, "a")
    await waiting_poll(server, "a")
    await begin(server, "POST", "/echo/0/b/xhr_streaming")
    await begin(server, "GET", "/echo/0/c/eventsource")
    await until(lambda: len(server.services) == 5)


@on_server()
async def test_sessions_are_counted_by_transport(server: Server) -> None:
    await one_of_each(server)
    every = {"websocket", "raw", "xhr", "xhr-streaming", "eventsource"}
    assert dict(server.router.sessions) == dict.fromkeys(every, 1)
    assert {service.session.transport for service in server.services} == every
    server.router.close_all(4000, "bye")
    assert dict(server.router.sessions) == dict.fromkeys(every, 0)
    assert sorted(server.closes) == sorted((name, 4000) for name in every)


@on_server(fake_clock=False)
async def test_stop_ends_all_sessions_and_leaves_nothing(server: Server) -> None:
    await one_of_each(server)
    peer = await websocket(server)
    stopping = asyncio.ensure_future(server.router.stop())
    assert await peer.message() == 'c[4000,"server is shutting down"]'
    assert await peer.closing() == (4000, "server is shutting down")
    await asyncio.wait_for(stopping, 3)
    await peer.gone()
    assert [service.closes for service in server.services] == [1] * 6
    assert [code for _, code in server.closes] == [4000] * 6
    assert server.router.timer.beating() == []
    assert server.router._http_sessions == {}
    assert server.router.timer._handle is None
    await server.router.stop()


@on_server(fake_clock=False, heartbeat=0.2, pong_timeout=0.1, disconnect_delay=0.1)
async def test_started_router_beats_and_expires_by_itself(server: Server) -> None:
    await poll(server, "s")
    peer = await websocket(server)
    assert await peer.message() == "h"
    assert (await peer.closing())[0] == 4005
    await until(lambda: server.router.get_session("s") is None)
    assert dict(server.closes) == {"websocket": 4005, "xhr": 1002}


@on_server(admit=lambda address: address != "127.0.0.1")
async def test_sessions_beyond_the_limit_are_refused_429(server: Server) -> None:
    for method, path in (
        ("POST", "/echo/0/s/xhr"),
        ("POST", "/echo/0/s/xhr_streaming"),
        ("GET", "/echo/0/s/eventsource"),
        ("GET", "/echo/0/s/websocket"),
        ("GET", "/echo/websocket"),
    ):
        answer = await request(server, method, path, headers=handshake_headers())
        assert (answer.status, answer.body) == (429, b"")
    assert server.refusals == ["limit"] * 5
    assert server.services == []


@on_server()
async def test_thousand_polling_sessions_are_gone_after_the_delay(server: Server) -> None:
    answer = await begin(server, "GET", "/echo")
    await answer.reader.readexactly(19)
    for i in range(1000):
        answer.writer.write(
            f"POST /echo/0/s{i}/xhr HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
        )
    await until(lambda: len(server.services) == 1000)
    await server.pass_time(6)
    assert server.router._http_sessions == {}
    assert server.router.timer._watched == set()
    await until(lambda: all(service.closes == 1 for service in server.services))


@on_server()
async def test_log_has_a_line_for_each_end_and_no_session_id(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    peer = await websocket(server, "/echo/000/canary/websocket")
    peer.close()
    await poll(server, "canary")
    await xhr_send(server, "canary", "canary")
    await request(server, "POST", "/echo/000/canary/xhr_send", body="{canary")
    await server.pass_time(6)
    await until(lambda: len(server.closes) == 2)
    assert len(caplog.records) == 4
    assert "canary" not in caplog.text
    assert all(record.name.startswith("tornchat.") for record in caplog.records)
    assert all(record.levelno == logging.INFO for record in caplog.records)


@on_server()
async def test_responses_leave_no_session_in_a_cycle(server: Server) -> None:
    for i in range(20):
        await poll(server, f"s{i}")
    await server.pass_time(6)
    server.services.clear()
    gc.collect()
    assert server.router._http_sessions == {}
