"""Clients that stop reading are dropped, cost little memory, and hurt nobody else."""

import asyncio
import re
import time
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.crowd import NO_LIMITS, ROOM, Crowd, figure
from tests.e2e.meanwhile import meanwhile
from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transport import Transport
from tests.kit.transports import ALL, RawWebSocket, SockJSWebSocket, XhrPolling
from tests.kit.waiting import scenario, until, until_true

MUTE_EACH = 4
DROP_SECONDS = 10.0
MUTE_MB = 2.0
SMALL = 4096
PADDING = "x" * 3900
RATE = 200
BURST = 10
CONFIG = {**NO_LIMITS, "rooms": {"tail_memory": "1m"}}
"""What the rooms themselves remember is not to be mistaken for what mute clients cost."""
DROPPED = 'tornchat_closes_total{code="4001"}'


async def mute(kind: type[Transport], server: ServerProcess, name: str) -> ChatClient:
    """Enter a room and stop reading."""
    transport = kind(receive_buffer=SMALL)
    client = await ChatClient.enter(transport, server.at, ROOM, name=name)
    transport.pause()
    return client


async def dropped(server: ServerProcess) -> int:
    return int((await server.metrics()).get(DROPPED, 0))


@scenario(60)
async def test_mute_clients_are_dropped_and_readers_miss_nothing(tmp_path: Path) -> None:
    peak = 0

    async def watch_memory() -> None:
        nonlocal peak
        while True:
            peak = max(peak, server.rss_kb())
            await asyncio.sleep(0.02)

    async with ServerProcess(tmp_path, CONFIG) as server, Crowd(server, padding=PADDING) as crowd:
        crowd.write(rate=RATE)
        await until(lambda: crowd.acked >= 2 * RATE)  # past what a busy room needs anyhow
        names = [(kind, f"mute {kind.name} {n}") for kind in ALL for n in range(MUTE_EACH)]
        before = server.rss_kb()
        watch = asyncio.create_task(watch_memory())
        began = time.monotonic()
        mutes = await asyncio.gather(*(mute(kind, server, name) for kind, name in names))

        async def all_dropped() -> bool:
            return await dropped(server) >= len(mutes)

        await until_true(all_dropped, "all dropped", patience=30)
        seconds = time.monotonic() - began
        await crowd.hush()
        watch.cancel()
        log = await crowd.log()
        faults = crowd.faults(log)
        count = await dropped(server)
        for client in mutes:
            client.abort()
            await client.close()
    grown = (peak - before) / 1024 / len(mutes)
    figure(
        f"{len(mutes)} mute clients dropped with 4001 within {seconds:.1f} s of falling silent; "
        f"the server grew by {grown:.2f} MB for each; {len(crowd.clients)} readers of {len(log)} "
        f"messages: {len(faults)} faults"
    )
    assert count == len(mutes)
    assert seconds <= DROP_SECONDS
    assert grown <= MUTE_MB
    assert not faults
    assert not any(client.closes for client in crowd.clients), "no reader was dropped"
    assert len(log) == len(crowd.sent)


@meanwhile(60)
async def test_mute_client_is_dropped_within_10_seconds_of_its_last_byte(tmp_path: Path) -> None:
    """Not much is said in the room, so no buffer overflows.

    (A stream that nobody reads ends by itself then, within the kernel's buffers, and nobody comes
    back for the next one: see test_vanish.)
    """
    kinds = (SockJSWebSocket, RawWebSocket)
    async with (
        ServerProcess(tmp_path, CONFIG) as server,
        await ChatClient.enter(XhrPolling(), server.at, ROOM, name="Ann") as ann,
    ):
        mutes = [await mute(kind, server, f"mute {kind.name}") for kind in kinds]
        ports = {client.transport._downward()[0].local_port: client for client in mutes}
        flow = Flow(ports, server)
        # What fills the kernel's buffers, and some more, so that something waits in the server.
        while not flow.stuck:
            await asyncio.gather(*(ann.send(ROOM, PADDING) for _ in range(BURST)))
            flow.sent()
        while len(flow.ended) < len(mutes):
            flow.look()
            await asyncio.sleep(0.02)
        count = await dropped(server)
        for client in mutes:
            client.abort()
            await client.close()
    for name, seconds in flow.ended.items():
        figure(f"{name}: dropped {seconds:.1f} s after its buffer stopped draining")
    assert count == len(mutes)
    assert max(flow.ended.values()) <= DROP_SECONDS


class Flow:
    """Watches what the kernel holds for some clients, and when the server drops them.

    `ended` says, by transport, how long after the last byte had moved its client was dropped.
    """

    def __init__(self, clients: Mapping[int, ChatClient], server: ServerProcess) -> None:
        self.ended: dict[str, float] = {}
        self._names = {port: client.transport.name for port, client in clients.items()}
        self._server = server
        self._sizes: dict[str, int] = {}
        self._moved: dict[str, float] = {}
        self._in_vain = 0

    @property
    def stuck(self) -> bool:
        """Whether the last bursts made no difference: the buffers of all are full."""
        return self._in_vain >= 3

    def sent(self) -> None:
        """Note that everybody has been sent another burst of messages."""
        self._in_vain += 1
        self.look()

    def look(self) -> None:
        now = time.monotonic()
        for port, size in queued(self._server.port).items():
            name = self._names.get(port)
            if name and self._sizes.get(name) != size:
                self._sizes[name], self._moved[name] = size, now
                self._in_vain = 0
        for name in re.findall(r"(\S+) from \S+ closed, 4001", self._server.log):
            self.ended.setdefault(name, now - self._moved[name])


def queued(port: int) -> dict[int, int]:
    """Return, for each peer of our port, the bytes that its kernel has not taken."""
    found = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, _, queues = line.split()[1:5]
        if int(local.split(":")[1], 16) == port:
            found[int(remote.split(":")[1], 16)] = int(queues.split(":")[0], 16)
    return found
