"""Somebody guesses tokens from one address: hardly any is looked at, and nobody else notices."""

import asyncio
import secrets
from pathlib import Path

import pytest

from tests.e2e.crowd import figure
from tests.kit.chat import ChatClient, Refused
from tests.kit.http import HttpConnection
from tests.kit.server import HOST, ServerProcess
from tests.kit.transports import RawWebSocket, XhrPolling
from tests.kit.waiting import scenario
from tests.kit.wire import Closed

GUESSES = 10_000
CHECKED = 30
ROOMS = {
    "room lobby": {"title": "Lobby"},
    "room vault": {"title": "Vault", "access": "private"},
}
ELSEWHERE = "127.0.0.2"


def wrong(kind: str) -> str:
    return kind + secrets.token_urlsafe(32)


async def guess_by_http(server: ServerProcess, count: int) -> dict[int, int]:
    """Present so many keys to the API; return how often each status came."""
    statuses: dict[int, int] = {}
    connection = HttpConnection(HOST, server.port)
    for _ in range(count):
        bearer = {"Authorization": f"Bearer {wrong('tk_')}"}
        answer = await connection.request("GET", "/api/v1/rooms", headers=bearer)
        statuses[answer.head.status] = statuses.get(answer.head.status, 0) + 1
    await connection.close()
    return statuses


async def guess_by_hello(server: ServerProcess, count: int) -> dict[str, int]:
    """Present so many keys in `hello`, on a new connection whenever one is closed."""
    answers: dict[str, int] = {}
    client: ChatClient | None = None
    for _ in range(count):
        try:
            if client is None:
                client = ChatClient(RawWebSocket(), remember=False)
                await client.open(server.at)
            await client.hello(token=wrong("tk_"))
            code = "believed"
        except Refused as refused:
            code = refused.code
        except (Closed, OSError) as closed:
            code = str(getattr(closed, "code", type(closed).__name__))
            if client is not None:
                await client.close()
            client = None
        answers[code] = answers.get(code, 0) + 1
    if client is not None:
        await client.close()
    return answers


@pytest.mark.slow
@scenario(180)
async def test_ten_thousand_guesses_from_one_address(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, ROOMS) as server:
        member = await ChatClient.enter(
            XhrPolling(source=ELSEWHERE), server.at, "lobby", name="Member"
        )
        lines = 0

        async def chat() -> None:
            nonlocal lines
            while True:
                await member.send("lobby", f"line {lines}")
                lines += 1
                await asyncio.sleep(0.25)

        chatting = asyncio.create_task(chat())
        by_hello, by_http = await asyncio.gather(
            guess_by_hello(server, GUESSES // 10), guess_by_http(server, GUESSES * 9 // 10)
        )
        chatting.cancel()
        checked = by_hello.get("unauthorized", 0) + by_http.get(401, 0)
        figure(f"{GUESSES} wrong tokens: {checked} looked at; {by_http=}, {by_hello=}")
        assert "believed" not in by_hello
        assert 200 not in by_http
        assert 5 <= checked <= CHECKED
        assert lines > 3
        assert member.closed is None
        late = await ChatClient.enter(RawWebSocket(source=ELSEWHERE), server.at, "lobby")
        await late.close()
        with pytest.raises(Closed) as refused:
            await ChatClient.enter(RawWebSocket(), server.at, "lobby")
        assert refused.value.code == 4505
        await member.close()
        assert await server.term() == 0
        server.start()
        with pytest.raises(Closed) as still:
            await ChatClient.enter(RawWebSocket(), server.at, "lobby")
        assert still.value.code == 4505, "a ban outlives a restart"
        assert "tk_" not in server.log


@scenario(60)
async def test_coming_back_to_a_room_that_was_deleted_bans_nobody(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, ROOMS) as server:
        client = await ChatClient.enter(RawWebSocket(), server.at, "lobby")
        for _ in range(3 * CHECKED):
            with pytest.raises(Refused, match=r"not_found|rate_limited"):
                await client.join("gone-long-ago")
        again = await ChatClient.enter(RawWebSocket(), server.at, "lobby")
        await again.close()
        await client.close()
