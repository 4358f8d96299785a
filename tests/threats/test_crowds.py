"""THREATS 5 H 102 and 105: they need limits of their own, and so a server of their own."""

import asyncio
import contextlib
import time
from pathlib import Path

from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket, SockJSWebSocket, XhrPolling
from tests.kit.waiting import scenario, until
from tests.kit.wire import Closed
from tests.threats.scene import LOBBY, Scene, staged

SHIPPED: dict[str, object] = {
    "messages_per_person": 5, "messages_per_ip": 100, "connects_per_ip": 50, "joins_per_ip": 100,
    "connections_per_ip": 1000, "connections_per_person": 50,
}  # fmt: skip
"""The limits by address and person; those by connection are as shipped in every server here, but
that on commands: the company pings more often than any client would."""
NEIGHBOURS = 200
RATE = 80
FILES = 256
PEERS = 400
FULL_SECONDS = 2.0
SHARE = 0.2


@scenario(60)
async def test_200_neighbours_are_refused_nothing(tmp_path: Path) -> None:
    """H 102: all behind one address, each comes in, looks back and says something."""
    async with ServerProcess(tmp_path, {"limits": SHIPPED}) as server, staged(server) as scene:
        scene.company.witness.patience = 30
        before = await refusals(scene)
        await asyncio.gather(*(neighbour(scene, number) for number in range(NEIGHBOURS)))
        assert await refusals(scene) == before


async def neighbour(scene: Scene, number: int) -> None:
    async with scene.gate:
        peer = await scene.connect((RawWebSocket, SockJSWebSocket, XhrPolling)[number % 3]())
        peer.patience = 30
        await peer.hello(f"Neighbour {number}")
        await peer.join(LOBBY, limit=10)
    await peer.history(LOBBY, limit=10)
    await asyncio.sleep(number / RATE)
    await peer.send(LOBBY, f"hello from {number}")
    assert peer.closed is None
    assert not peer.seen("error")


async def refusals(scene: Scene) -> float:
    found = await scene.server.metrics()
    return sum(value for name, value in found.items() if "_rejections_total{" in name)


@scenario(60)
async def test_256_files_and_400_peers(tmp_path: Path) -> None:
    """H 105: the rest is turned away, those inside are well, and there is room again later."""
    prefix = ("sh", "-c", f'ulimit -n {FILES}; exec "$@"', "sh")
    async with ServerProcess(tmp_path, prefix=prefix) as server, staged(server) as scene:
        scene.remarks += 1  # that more are turned away
        inside: list[ChatClient] = []
        for _ in range(PEERS):
            with contextlib.suppress(OSError, Closed):
                peer = await scene.connect(RawWebSocket())
                await peer.hello()
                inside.append(peer)
        assert FILES // 4 <= len(inside) <= FILES
        open_files = server.fd_count()
        spent, began = server.process.cpu_seconds(), time.monotonic()
        await asyncio.sleep(FULL_SECONDS)
        share = (server.process.cpu_seconds() - spent) / (time.monotonic() - began)
        assert share <= SHARE
        for peer in inside:
            await peer.ping()
            await peer.close()
        await until(lambda: server.fd_count() <= open_files - len(inside) // 2, "files given back")
        late = await scene.enter(XhrPolling())
        await late.send(LOBBY, "there is room again")
