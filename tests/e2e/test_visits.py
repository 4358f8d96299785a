"""Who was here, on a real server: kept over a stop, as the configuration says, and no longer."""

import signal
from pathlib import Path
from typing import Any

from tests.e2e.access import verb
from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket, XhrPolling
from tests.kit.waiting import scenario, until, until_true


def config(seen_age: str) -> dict[str, dict[str, Any]]:
    return {"rooms": {"seen_age": seen_age}, "room lobby": {}}


async def seen(server: ServerProcess) -> dict[str, Any]:
    people = (await verb(server, "seen", room="lobby"))["people"]
    return {found["name"]: found for found in people}


@scenario(60)
async def test_those_who_were_there_at_a_stop_are_known_after_it(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, config("30d")) as server:
        ann = await ChatClient.enter(XhrPolling(), server.at, "lobby", name="Ann")
        [here] = (await verb(server, "people"))["people"]
        [tab] = here["tabs"]
        assert (here["name"], tab["transport"], tab["place"]) == ("Ann", "xhr", "127.0.0.1")
        await until_true(lambda: _is_seen(server, "Ann"), "the visit is written")
        came = (await seen(server))["Ann"]["last"]
        bob = await ChatClient.enter(RawWebSocket(), server.at, "lobby", name="Bob")
        assert await server.term() == 0
        await server.restart()
        found = await seen(server)
        assert found.keys() == {"Ann", "Bob"}
        assert found["Ann"]["last"] >= found["Bob"]["first"] > came >= found["Ann"]["first"]
        assert not found["Ann"]["here"]
        for client in (ann, bob):
            await client.close()


@scenario(60)
async def test_reload_ends_the_noting(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, config("30d")) as server:
        async with await ChatClient.enter(RawWebSocket(), server.at, "lobby", name="Ann"):
            await until_true(lambda: _is_seen(server, "Ann"), "the visit is written")
        server.configure(config("0"))
        server.process.signal(signal.SIGHUP)
        await until(lambda: "read again: [rooms] seen_age" in server.log, "the reload")
        async with await ChatClient.enter(RawWebSocket(), server.at, "lobby", name="Bob"):
            assert await server.term() == 0
        await server.restart()
        assert "Bob" not in await seen(server)


async def _is_seen(server: ServerProcess, name: str) -> bool:
    return name in await seen(server)
