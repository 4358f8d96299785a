"""Peers that vanish without a word, and those who are back before they were missed."""

import asyncio
import ctypes
import socket
import struct
import time
from pathlib import Path

from tests.e2e.crowd import ROOM, figure
from tests.e2e.meanwhile import meanwhile
from tests.kit.chat import ChatClient
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess
from tests.kit.transport import Transport
from tests.kit.transports import ALL, RawWebSocket
from tests.kit.waiting import scenario, until
from tests.kit.wire import PATIENCE

GONE_SECONDS = 50.0
GRACE_SECONDS = 10.0
SO_ATTACH_FILTER = 26
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)
"""The packet filter `return 0`."""


def unplug(transport: Transport) -> None:
    """Let no more packets arrive at a client, so that not even its kernel answers."""
    program = ctypes.create_string_buffer(DROP_ALL)
    attached = struct.pack("HP", 1, ctypes.addressof(program))
    for wire in transport._wires():
        wire.writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, attached
        )


@meanwhile(75)
async def test_vanished_peer_is_off_the_list_within_50_seconds(tmp_path: Path) -> None:
    """Half of them behind a proxy that keeps the connection, the others with the cable pulled."""
    async with (
        ServerProcess(tmp_path) as server,
        FaultProxy(server.port) as proxy,
        await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="witness") as witness,
    ):
        witness.patience = GONE_SECONDS + PATIENCE
        silent = [
            await ChatClient.enter(kind(), proxy.at, ROOM, name=f"{kind.name} behind a proxy")
            for kind in ALL
        ]
        cut_off = [
            await ChatClient.enter(kind(), server.at, ROOM, name=f"{kind.name} without a cable")
            for kind in ALL
        ]
        await until(lambda: witness.seen("presence", count=11))
        vanished = time.monotonic()
        proxy.faults.blackhole = True
        for client in cut_off:
            unplug(client.transport)

        async def gone(client: ChatClient) -> float:
            await witness.until(
                lambda event: event["type"] == "presence" and client.person in event["leaves"]
            )
            return time.monotonic() - vanished

        seconds = await asyncio.gather(*(gone(client) for client in silent + cut_off))
        sessions = {
            name: count
            for name, count in (await server.metrics()).items()
            if name.startswith("tornchat_connections{")
        }
        for client in silent + cut_off:
            client.abort()
            await client.close()
    for client, took in zip(silent + cut_off, seconds, strict=True):
        figure(f"{client.person['name']}: off the list after {took:.1f} s")
    assert max(seconds) <= GONE_SECONDS
    assert min(seconds) >= GRACE_SECONDS
    assert sum(sessions.values()) == 1, f"only the witness is left: {sessions}"


@scenario(40)
async def test_reload_within_the_grace_draws_no_line(tmp_path: Path) -> None:
    async with (
        ServerProcess(tmp_path, {"rooms": {"presence_grace": "5s"}}) as server,
        await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="witness") as witness,
    ):
        people = [
            await ChatClient.enter(kind(), server.at, ROOM, name=f"{kind.name} {ending}")
            for kind in ALL
            for ending in ("closed", "reset")
        ]
        await until(lambda: witness.seen("presence", count=len(people) + 1))
        seen = len(witness.events)
        reloaded = await asyncio.gather(*(reload(client, server) for client in people))
        # Somebody who really goes is told of when the grace is over; until then nobody else was.
        bob = await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Bob")
        bob.abort()
        await bob.close()
        await witness.until(lambda e: e["type"] == "presence" and bob.person in e["leaves"])
        lines = [
            person
            for event in witness.events[seen:]
            if event["type"] == "presence"
            for person in event["joins"] + event["leaves"]
        ]
        for client in reloaded:
            await client.close()
    figure(f"{len(people)} reloads over 5 transports: {len(lines) - 2} lines about them")
    assert lines == [bob.person, bob.person]


async def reload(client: ChatClient, server: ServerProcess) -> ChatClient:
    """End a connection, and come back as the same person."""
    if "reset" in client.person["name"]:
        client.abort()
    await client.close()
    back = ChatClient(type(client.transport)())
    await back.open(server.at)
    await back.hello(client.person["name"], client.welcome["guest_token"])
    await back.join(ROOM)
    assert back.person == client.person
    return back
