"""Secrets are sent everywhere they can be sent, and then looked for in all that is kept."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.chat import ChatClient, Refused
from tests.kit.server import ServerProcess
from tests.kit.transport import Transport
from tests.kit.transports import (
    EventSource,
    RawWebSocket,
    SockJSWebSocket,
    XhrPolling,
    XhrStreaming,
)
from tests.kit.wire import Closed
from tests.web.serving import PATIENCE, hang_up, request, run
from tests.web.walk import EVERYWHERE, METHODS

CANARY = "canary7"
INVITE = f"tc_{CANARY}".ljust(46, "i")
KEY = f"tk_{CANARY}".ljust(46, "k")
JWT = f"eyJhbGciOiJIUzI1NiJ9.{CANARY}jjj.{CANARY}jj"
TOKENS = (INVITE, KEY, JWT)
PATHS = (
    f"/r/lobby%23invite={CANARY}",
    f"/r/lobby%3Ftoken={CANARY}",
    f"/r/lobby;token={CANARY}",
    f"/r/{INVITE}",
    f"/api/v1/rooms/{KEY}",
    f"/api/v1/{JWT}",
    f"/sockjs/000/{CANARY}/xhr",
    f"/sockjs/000/{CANARY}/xhr_send",
    f"/sockjs/000/{CANARY}/eventsource",
)
"""Links that were mangled on their way, and sessions: whoever knows one's id can speak in it."""
TRANSPORTS = (RawWebSocket, SockJSWebSocket, XhrPolling, XhrStreaming, EventSource)
JUNK = (
    f'{{"type":"{CANARY}"}}',
    f'{{"type":"send","{CANARY}',
    f'{{"type":"send","room":"lobby","text":["{CANARY}"]}}',
    CANARY,
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path, {"server": {"log_level": "debug"}}) as found:
        yield found


def kept(server: ServerProcess) -> str:
    """Return all that an operator keeps or collects of a server, but not its data."""
    log = server.log
    assert "GET /r/lobby" in log, "the log does not say what was asked for"
    assert "opened from" in log
    figures = asyncio.run(server.metrics())
    assert figures
    return log + json.dumps(figures)


async def knock(server: ServerProcess, method: str, target: str, *headers: str) -> None:
    """Send a request, and wait no longer than until its answer begins."""
    reader, writer = await asyncio.open_connection(server.at.host, server.at.port)
    try:
        kind = "Content-Type: application/json"
        body = b"" if method == "GET" else b'{"title":"%s"}' % CANARY.encode()
        writer.write(request(method, target, kind, *headers, body=body))
        with contextlib.suppress(asyncio.IncompleteReadError):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    finally:
        await hang_up(writer)


async def chat(server: ServerProcess, transport: Transport) -> str:
    """Show tokens and say things; return the guest token that was given."""
    client = ChatClient(transport)
    await client.open(server.at)
    guest = str((await client.hello("Ann"))["guest_token"])
    await client.join("lobby")
    await client.send("lobby", f"text {CANARY}", data={"secret": CANARY})
    for token in TOKENS:
        with contextlib.suppress(Refused):
            await client.join("vault", token=token)
    for junk in JUNK:
        with contextlib.suppress(Closed):
            await client.transport.send([junk])
    with contextlib.suppress(Refused, Closed):
        await client.send("lobby", f"late {CANARY}")
    await client.close()
    return guest


async def show(server: ServerProcess, transport: Transport, token: str) -> None:
    """Say hello with a token, whatever comes of it."""
    client = ChatClient(transport)
    with contextlib.suppress(Refused, Closed):
        await client.open(server.at)
        await client.hello("Bob", token=token)
    await client.close()


def test_no_secret_of_a_request_is_kept(server: ServerProcess) -> None:
    async def main() -> None:
        await show(server, RawWebSocket(), "")
        for target in (*EVERYWHERE, *PATHS):
            joint = "&" if "?" in target else "?"
            asked = f"{target}{joint}token={CANARY}&access_token={KEY}"
            for method in METHODS:
                cookie = f"Cookie: token={CANARY}; sid={CANARY}"
                await knock(server, method, asked, cookie, f"Referer: https://a/{CANARY}")
            await knock(server, "GET", asked, f"Authorization: Bearer {KEY}")
            await knock(server, "GET", asked, f"Authorization: Basic {CANARY}")

    run(main())
    assert CANARY not in kept(server)


def test_no_secret_of_a_conversation_is_kept(server: ServerProcess) -> None:
    guests: list[str] = []

    async def main() -> None:
        await knock(server, "GET", "/r/lobby")
        for transport in TRANSPORTS:
            guests.append(await chat(server, transport()))
            for token in TOKENS:
                await show(server, transport(), token)
        for guest in guests:
            await knock(server, "GET", "/api/v1/rooms", f"Authorization: Bearer {guest}")

    run(main())
    found = kept(server)
    assert CANARY not in found
    assert not [guest for guest in guests if guest in found or guest.split(".")[2] in found]
