"""The bound on what one turn of the loop takes on."""

import asyncio
import socket
import sys
import time

import pytest

from tornchat.loop import MAX_EVENTS, new_event_loop, watch_turns

PEERS = 2 * MAX_EVENTS + 50

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's epoll")


def test_a_turn_serves_a_bounded_number_and_nobody_starves() -> None:
    """All peers are ready all the time, as none is ever read from."""
    pairs = [socket.socketpair() for _ in range(PEERS)]
    served: list[set[socket.socket]] = [set()]

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for ours, theirs in pairs:
            theirs.send(b"x")
            loop.add_reader(ours, lambda ours=ours: served[-1].add(ours))
        for _ in range(2 + PEERS // MAX_EVENTS):
            await asyncio.sleep(0)
            served.append(set())
        for ours, _ in pairs:
            loop.remove_reader(ours)

    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(main())
    finally:
        for ours, theirs in pairs:
            ours.close()
            theirs.close()
    assert max(map(len, served)) == MAX_EVENTS
    assert len(set().union(*served)) == PEERS


def test_timers_readers_writers_and_hang_ups_work_as_ever() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        data = b"x" * 1_000_000
        writer.write(data)
        before = loop.time()
        await asyncio.sleep(0.02)
        assert loop.time() - before >= 0.02
        assert await reader.readexactly(len(data)) == data
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        server.close()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(asyncio.wait_for(main(), 10))


def test_turns_are_told_with_their_length() -> None:
    turns: list[float] = []

    async def main() -> None:
        watch_turns(asyncio.get_running_loop(), turns.append)
        await asyncio.sleep(0)
        held_until = time.perf_counter() + 0.02
        while time.perf_counter() < held_until:
            pass
        await asyncio.sleep(0)
        await asyncio.sleep(0.05)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())
    assert max(turns) >= 0.02
    assert turns[-1] < 0.02, "waiting is no turn"
