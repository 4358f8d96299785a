"""Secrets are sent everywhere they can be sent, and then looked for in all that is kept."""

import asyncio
import contextlib
import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.kit.chat import ChatClient, Refused
from tests.kit.server import TORNCHAT, ServerProcess
from tests.kit.transport import Transport
from tests.kit.transports import (
    EventSource,
    RawWebSocket,
    SockJSWebSocket,
    XhrPolling,
    XhrStreaming,
)
from tests.kit.wire import Closed
from tests.server import environment
from tests.web.serving import PATIENCE, ask, hang_up, request, run
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


def kept(server: ServerProcess, *signs: str) -> str:
    """Return all that an operator keeps or collects of a server, but not its data.

    `signs` show that the log says what happened at all.
    """
    log = server.log
    assert not [sign for sign in signs if sign not in log]
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
    assert CANARY not in kept(server, "GET /r/lobby", "opened from")


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
    found = kept(server, "GET /r/lobby", "opened from")
    assert CANARY not in found
    assert not [guest for guest in guests if guest in found or guest.split(".")[2] in found]


def test_no_token_that_is_really_one_is_kept(server: ServerProcess) -> None:
    """A key from the command line makes a room, and tokens to it, which open it."""
    key = json.loads(command(server, "token", "create", "desk-*", "--key", "--role", "admin"))
    tokens = [key["token"]]

    async def main() -> None:
        rooms = "/api/v1/rooms"
        asked = partial(ask, server.port)
        bearer = f"Authorization: Bearer {key['token']}"
        json_body = "Content-Type: application/json"
        body = b'{"name":"desk-1","access":"private"}'
        assert (await asked("POST", rooms, bearer, json_body, body=body)).status == 201
        made = await asked("POST", f"{rooms}/desk-1/tokens", bearer)
        rotated = await asked("POST", f"{rooms}/desk-1/rotate", bearer)
        tokens.extend([made.json["token"], rotated.json["invite"]])
        for token, status in zip(tokens, (200, 401, 200), strict=True):
            one = await asked("GET", f"{rooms}/desk-1", f"Authorization: Bearer {token}")
            assert one.status == status
        guest = await ChatClient.enter(RawWebSocket(), server.at, name="Ann")
        await guest.join("desk-1", token=tokens[2])
        await guest.close()
        assert (await asked("DELETE", f"{rooms}/desk-1", bearer)).status == 204

    run(main())
    found = kept(server, "POST /api/v1/rooms/desk-1/rotate", "create_token")
    assert not [token for token in tokens if token in found or token[3:] in found]


def command(server: ServerProcess, *arguments: str) -> str:
    """Run a command beside the server, and return its answer as JSON."""
    line = [*TORNCHAT, "--config", str(server.config_file), *arguments, "--json"]
    done = subprocess.run(line, env=environment(), capture_output=True, text=True, check=True)
    return done.stdout
