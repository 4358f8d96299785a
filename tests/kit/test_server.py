"""The kit's server process: its life, its death, and what is measured of it."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.kit.chat import ChatClient
from tests.kit.http import fetch
from tests.kit.process import Process
from tests.kit.server import ServerProcess, config_text
from tests.kit.transports import RawWebSocket
from tests.kit.waiting import scenario, until

WRAPPER = (sys.executable, "-c", "import subprocess, sys; subprocess.call(sys.argv[1:])")


def test_config_is_written_as_ini() -> None:
    text = config_text({"rooms": {"allow_guests": False, "history_age": "2d"}, "room a": {}})
    assert text == "[rooms]\nallow_guests = no\nhistory_age = 2d\n[room a]\n"


@scenario(60)
async def test_server_comes_back_on_its_port_with_its_data(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path) as server:
        ann = await ChatClient.enter(RawWebSocket(), server.at, "lobby", name="Ann")
        ack = await ann.send("lobby", "before")
        server.kill9()
        assert not server.running
        assert (await ann.wait_closed()).code == 1006
        await ann.close()
        await server.restart()
        async with await ChatClient.enter(RawWebSocket(), server.at, "lobby") as bob:
            assert [entry["seq"] for entry in await bob.whole_log("lobby")] == [ack["seq"]]
        assert await server.term() == 0
        assert server.log.count("is ready at") == 2


@scenario(60)
async def test_running_server_is_measured(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path) as server:
        assert server.rss_kb() > 10_000
        assert server.threads() >= 1
        assert server.process.cpu_seconds() > 0
        assert server.process.peak_kb() >= server.rss_kb()
        async with await ChatClient.enter(RawWebSocket(), server.at):
            sockets = server.fd_count()
        # The one that asked for /health may not be closed yet, so only the way down is certain.
        await until(lambda: server.fd_count() < sockets)
        assert any(name.startswith("tornchat_connections") for name in await server.metrics())


@scenario(60)
async def test_stopped_server_answers_nothing_and_goes_on(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path) as server:
        async with server.stopped():
            with pytest.raises(TimeoutError):
                await fetch("127.0.0.1", server.port, "/health", patience=0.2)
        assert (await fetch("127.0.0.1", server.port, "/health")).status == 200


@scenario(60)
async def test_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"server": {"no_such_key": 1}})
    with pytest.raises(ChildProcessError, match="no_such_key"):
        await asyncio.to_thread(server.start)
    assert not server.running


@scenario(60)
async def test_server_under_a_prefix_is_the_one_that_is_killed(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, prefix=WRAPPER) as server:
        inner = server.process
        assert inner.command().startswith(f"{sys.executable} -m tornchat")
        server.kill9()
        assert gone(inner)


@scenario(60)
async def test_leaving_ends_the_whole_process_group(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, prefix=WRAPPER) as server:
        inner = server.process
    await until(lambda: gone(inner))


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@scenario(60)
async def test_system_calls_are_traced(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    prefix = ("strace", "-f", "-y", "-e", "trace=fdatasync,fsync", "-o", str(trace))
    async with ServerProcess(tmp_path, prefix=prefix) as server:
        before = trace.read_text().count("fdatasync(")
        async with await ChatClient.enter(RawWebSocket(), server.at, "lobby") as ann:
            await ann.send("lobby", "to the disk")
        await until(lambda: trace.read_text().count("fdatasync(") > before)
        assert await server.term() == 0


def gone(process: Process) -> bool:
    """Whether a process has ended (one that nobody waits for yet counts)."""
    stat = Path(f"/proc/{process.pid}/stat")
    return not stat.exists() or ") Z " in stat.read_text()
