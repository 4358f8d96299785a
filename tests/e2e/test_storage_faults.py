"""A disk that is full, files that vanish or are damaged, others who hold the database."""

import asyncio
import contextlib
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.crowd import NO_LIMITS, ROOM, Crowd, figure, whole_log
from tests.e2e.meanwhile import meanwhile
from tests.kit.chat import ChatClient, Refused
from tests.kit.http import fetch
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket
from tests.kit.waiting import scenario, until, until_true

DATABASE = "tornchat.db"
DISK = "8m"
BALLAST = 5 * 1024 * 1024
HELD_SECONDS = 10
LINE = "x" * 3900
TMPFS = (
    *("unshare", "--mount", "--map-root-user", "sh", "-c"),
    f'mkdir -p data && mount -t tmpfs -o size={DISK},mode=700 tmpfs data && exec "$@"',
    "sh",
)


async def ready(server: ServerProcess) -> tuple[int, str]:
    """Return what /ready says."""
    response = await fetch(server.at.host, server.at.port, "/ready")
    return response.status, response.text


async def write(client: ChatClient, *texts: str) -> dict[str, int]:
    """Send messages, each until it is acknowledged, and return their seqs by text."""
    seqs = {}
    for text in texts:
        while text not in seqs:
            try:
                seqs[text] = (await client.send(ROOM, text, text[:20]))["seq"]
            except Refused as refused:
                if not refused.event["retryable"]:
                    raise
                await asyncio.sleep(0.05)
    return seqs


async def refused_start(server: ServerProcess) -> str:
    """Start a server that must refuse, with exit code 3 and one line, which is returned."""
    before = server.log
    server.launch()
    assert await server.wait() == 3
    said = server.log.removeprefix(before)
    (line,) = [line for line in said.splitlines() if line.startswith("tornchat: ")]
    assert "Traceback" not in said
    return line


@pytest.fixture(scope="module")
def unshare() -> None:
    """Skip where no small disk can be made."""
    command = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if done.returncode:
        pytest.skip("no file system may be mounted here")


@pytest.mark.slow
@scenario(60)
async def test_full_disk_refuses_reads_on_and_heals(unshare: None, tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, NO_LIMITS, prefix=TMPFS) as server:
        disk = Path(f"/proc/{server.process.pid}/root") / server.data.relative_to("/")
        (disk / "ballast").write_bytes(b"\0" * BALLAST)
        async with await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Ann") as ann:
            acked: list[int] = []
            with pytest.raises(Refused) as full:
                while len(acked) < 5000:
                    acked.append((await ann.send(ROOM, LINE))["seq"])
            status, words = await ready(server)
            newest = await ann.history(ROOM, before=acked[-1] + 1, limit=10)
            (disk / "ballast").unlink()
            more = await write(ann, *(f"after {number}" for number in range(20)))

            async def healed() -> bool:
                return (await ready(server))[0] == 200

            await until_true(healed)
            log = await ann.whole_log(ROOM)
    figure(
        f"disk full after {len(acked)} messages: {full.value.code}, /ready {status}, reading goes "
        f"on; {len(more)} more acknowledged after freeing, {len(log)} in the log"
    )
    assert full.value.code == "storage_full"
    assert full.value.event["retryable"]
    assert (status, "disk is full" in words) == (503, True)
    assert [entry["seq"] for entry in newest["entries"]] == acked[-10:]
    assert {*acked, *more.values()} <= {entry["seq"] for entry in log}
    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
    assert "Traceback" not in server.log


@scenario(60)
async def test_removed_database_is_missed_and_never_made_anew(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, NO_LIMITS) as server:
        database, aside = server.data / DATABASE, server.data / "aside"
        async with await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Ann") as ann:
            before = await write(ann, *(f"before {number}" for number in range(50)))
            database.rename(aside)
            with pytest.raises(Refused) as gone:
                await ann.send(ROOM, "lost?")
            status, words = await ready(server)
            assert not database.exists(), "no new one in its place"
            aside.rename(database)
            after = await write(ann, *(f"after {number}" for number in range(50)))
        database.rename(aside)
        await server.term()
        said = await refused_start(server)
        assert not database.exists(), "no new one in its place"
        aside.rename(database)
        await server.restart()
        found = {line.text: line.seq for line in await whole_log(server)}
    figure(f"database removed: {gone.value.code}, /ready {status}; at the start: {said}")
    assert gone.value.code == "storage_unavailable"
    assert (status, f"{database} was removed while in use" in words) == (503, True)
    assert f"{database} is missing" in said
    assert (before | after).items() <= found.items()


def flip(data: bytearray) -> None:
    """Flip one bit in the middle of some message."""
    data[data.index(b"number 37") + 3] ^= 1


def overwrite(data: bytearray) -> None:
    """Put nonsense over a page."""
    data[4096:8192] = b"\xa5" * 4096


def truncate(data: bytearray) -> None:
    """Cut the file in half."""
    del data[len(data) // 2 :]


@pytest.mark.parametrize("spoil", [flip, overwrite, truncate, bytearray.clear])
@scenario(30)
async def test_damaged_database_is_refused_in_one_line(spoil: Any, tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, NO_LIMITS)
    async with server:
        async with await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Ann") as ann:
            await asyncio.gather(*(ann.send(ROOM, f"number {n} {LINE}") for n in range(100)))
        await server.term()
    database = server.data / DATABASE
    data = bytearray(database.read_bytes())
    spoil(data)
    database.write_bytes(data)
    said = await refused_start(server)
    figure(f"{spoil.__name__}: exit code 3, {said}")
    assert f"{database}: damaged" in said
    assert "restore a backup" in said
    assert database.read_bytes() == data, "left as it was"


@meanwhile(60)
async def test_foreign_transaction_is_survived(tmp_path: Path) -> None:
    """Another process holds the database for some seconds; nobody else has to wait for it."""
    async with ServerProcess(tmp_path, NO_LIMITS) as server, Crowd(server) as crowd:
        crowd.write(rate=50)
        await until(lambda: crowd.acked > 20)
        with contextlib.closing(sqlite3.connect(server.data / DATABASE)) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            held = crowd.acked
            told = lambda: [e["code"] for c in crowd.clients for e in c.errors]  # noqa: E731
            await asyncio.sleep(HELD_SECONDS)
            acked, status = crowd.acked, (await ready(server))[0]
            history = await whole_log(server)
            other.execute("ROLLBACK")
        await until(lambda: crowd.acked > acked + 50, "normal again", patience=20)
        await crowd.hush()
        log = await crowd.log()
        faults = crowd.faults(log)
    figure(
        f"held by another process for {HELD_SECONDS} s: {dict(Counter(told()))} told, /ready "
        f"{status}, then normal; {len(log)} messages, {len(faults)} faults"
    )
    assert acked - held <= len(crowd.clients), "what was on its way"
    assert set(told()) == {"storage_unavailable"}
    assert status == 503
    assert history, "reading goes on"
    assert not faults
    assert len(log) == len(crowd.sent)
