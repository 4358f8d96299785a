"""No acknowledgement leaves before what it promises is synced: seen in the system calls."""

import asyncio
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.crowd import NO_LIMITS, ROOM, Crowd, figure, whole_log
from tests.kit.chat import ChatClient, Refused
from tests.kit.server import ServerProcess
from tests.kit.transports import ALL, RawWebSocket
from tests.kit.waiting import scenario, until

ACKS = 1000
WINDOW = 4
CALLS = "trace=fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg"
FAILING = "30..34"
REFUSALS = 20
MARK = re.compile(r"mark(\d{6})")
ACK = re.compile(r'type\\*":\\*"ack\\*".{0,200}?client_id\\*":\\*"w(\d{6})')
CALL = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(?:\((\d+))?(.*)$")


@pytest.fixture(scope="module")
def strace() -> str:
    """The path of strace, where it may trace."""
    path = shutil.which("strace")
    if path is None:
        pytest.skip("strace is not installed")
    if subprocess.run([path, "-f", "-qq", "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("strace may not trace here")
    return path


def tracing(strace: str, trace: Path, *more: str) -> list[str]:
    """Return a command to run a server under, which writes down what it does."""
    return [strace, "-f", "-qq", "-s", "1000000", "-o", str(trace), "-e", CALLS, *more]


async def write(client: ChatClient, numbers: range) -> Counter[str]:
    """Write messages that can be found in a trace, each until it is acked; return the refusals."""
    refusals = Counter[str]()
    for number in numbers:
        while True:
            try:
                await client.send(ROOM, f"mark{number:06}", f"w{number:06}")
                break
            except Refused as refused:
                refusals[refused.code] += 1
                await asyncio.sleep(0.02)
    return refusals


@dataclass
class Trace:
    """What a trace says of each message: the order of writing, syncing and acknowledging it.

    `acked`: messages that were acknowledged. `early`: those of them that had not been written to
    a file which was synced successfully after it. `failures`: syncs that failed.
    """

    acked: set[str]
    early: set[str]
    syncs: int = 0
    failures: int = 0

    @classmethod
    def read(cls, path: Path) -> "Trace":
        found = cls(set(), set())
        written: dict[str, str] = {}
        """Messages by the file they were written to, as long as that is not synced."""
        synced: set[str] = set()
        syncing: dict[str, tuple[str, set[str]]] = {}
        with path.open(errors="replace") as lines:
            for line in lines:
                match = CALL.match(line)
                if match is None:
                    continue
                thread, call, file, rest = match.groups()
                if call == "pwrite64" and file:
                    for mark in set(MARK.findall(rest)) - synced:
                        written[mark] = file
                elif call in ("fdatasync", "fsync"):
                    if file:
                        syncing[thread] = (file, {m for m, f in written.items() if f == file})
                    if rest.endswith("= 0"):
                        found.syncs += 1
                        synced |= syncing.pop(thread)[1]
                    elif "= -1" in rest:
                        found.failures += 1
                        syncing.pop(thread)
                elif file:
                    acks = set(ACK.findall(rest))
                    found.acked |= acks
                    found.early |= acks - synced
        return found


@pytest.mark.slow
@scenario(90)
async def test_no_ack_leaves_before_its_sync_has_returned(strace: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    async with ServerProcess(tmp_path, NO_LIMITS, prefix=tracing(strace, trace)) as server:
        people = [
            await ChatClient.enter(kind(), server.at, ROOM, name=f"{kind.name} {number}")
            for kind in ALL
            for number in range(WINDOW)
        ]
        each = ACKS // len(people)
        shares = [range(n * each, (n + 1) * each) for n in range(len(people))]
        await asyncio.gather(*(write(p, share) for p, share in zip(people, shares, strict=True)))
        for person in people:
            await person.close()
        await server.term()
    seen = Trace.read(trace)
    figure(
        f"{len(seen.acked)} acknowledgements over 5 transports and {seen.syncs} syncs in the "
        f"trace: {len(seen.early)} left before their sync had returned"
    )
    assert len(seen.acked) == ACKS
    assert not seen.early


@pytest.mark.slow
@scenario(60)
async def test_failing_syncs_acknowledge_nothing_and_heal(strace: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    prefix = tracing(strace, trace, "-e", f"inject=fdatasync:error=EIO:when={FAILING}")
    async with ServerProcess(tmp_path, NO_LIMITS, prefix=prefix) as server:
        async with Crowd(server) as crowd:
            crowd.write()
            told = lambda: [e["code"] for c in crowd.clients for e in c.errors]  # noqa: E731
            await until(told, "a refusal")
            acked = crowd.acked
            await until(lambda: crowd.acked > acked + 100, "healed", patience=20)
            await crowd.hush()
            log = await crowd.log()
            faults = crowd.faults(log)
        async with await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Ann") as ann:
            await write(ann, range(20))
        await server.term()
    seen = Trace.read(trace)
    figure(
        f"{seen.failures} syncs failed with EIO: {dict(Counter(told()))} told, {crowd.acked} "
        f"acknowledged in all, {len(faults)} of them lost, doubled or missing"
    )
    assert seen.failures >= 4
    assert set(told()) == {"storage_unavailable"}
    assert not faults
    assert len(log) == len(crowd.sent)
    assert len(seen.acked) >= 20
    assert not seen.early


@pytest.mark.slow
@scenario(60)
async def test_syncs_that_fail_for_good_acknowledge_nothing_any_more(
    strace: str, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    prefix = tracing(strace, trace, "-e", "inject=fdatasync:error=EIO:when=30+")
    server = ServerProcess(tmp_path, NO_LIMITS, prefix=prefix)
    acked: dict[str, int] = {}
    refusals: list[str] = []
    async with server, await ChatClient.enter(RawWebSocket(), server.at, ROOM) as ann:
        for number in range(200):
            try:
                ack = await ann.send(ROOM, f"mark{number:06}", f"w{number:06}")
                assert not refusals, "acknowledged while every sync fails"
                acked[ack["client_id"]] = ack["seq"]
            except Refused as refused:
                refusals.append(refused.code)
            if len(refusals) == REFUSALS:
                break
        assert (await ann.history(ROOM, before=1000, limit=100))["entries"], "reading goes on"
        server.kill9()
    server.prefix = ()
    async with server:
        found = {line.client_id: line.seq for line in await whole_log(server)}
    figure(
        f"with every sync failing: {len(refusals)} refused, 0 acknowledged; {len(acked)} "
        f"acknowledged before, {len(acked.items() - found.items())} of them lost"
    )
    assert refusals == ["storage_unavailable"] * REFUSALS
    assert acked
    assert acked.items() <= found.items()
    assert not Trace.read(trace).early
