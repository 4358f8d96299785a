"""Floods of messages and connections: the limits hold, and ordinary people notice nothing."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.e2e.crowd import figure
from tests.kit.chat import ChatClient, Event
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket, SockJSWebSocket, XhrPolling
from tests.kit.waiting import scenario, until
from tests.kit.wire import Closed

DEFAULTS: dict[str, dict[str, object]] = {
    "limits": {
        "messages_per_second": 5, "burst": 10, "joins_per_second": 5, "messages_per_person": 5,
        "messages_per_ip": 100, "connects_per_ip": 50, "joins_per_ip": 100,
        "connections_per_ip": 1000, "connections_per_person": 50, "commands_per_second": 20,
    },
}  # fmt: skip
"""The shipped values (`test_limits_of_these_tests_are_the_shipped_ones`)."""
NEIGHBOURS = 200
SECONDS = 8.0
EVERY = 4.0
FILES = 256
PEERS = 400


def test_limits_of_these_tests_are_the_shipped_ones(tmp_path: Path) -> None:
    from tornchat.config import load

    shipped = load(None, {}, {}).limits
    assert {key: getattr(shipped, key) for key in DEFAULTS["limits"]} == DEFAULTS["limits"]


@scenario(60)
async def test_one_who_sends_a_thousand_a_second_is_slowed_then_closed(tmp_path: Path) -> None:
    answers: dict[str, int] = {}

    def hear(event: Event) -> None:
        kind = event["code"] if event["type"] == "error" else event["type"]
        answers[kind] = answers.get(kind, 0) + 1

    async with ServerProcess(tmp_path, DEFAULTS) as server:
        readers = [
            await ChatClient.enter(kind(), server.at, "lobby", name=f"{kind.name}")
            for kind in (RawWebSocket, SockJSWebSocket, XhrPolling)
        ]
        flooder = ChatClient(RawWebSocket(), on_event=hear, remember=False)
        await flooder.open(server.at)
        await flooder.hello("Flooder")
        await flooder.join("lobby")
        began, sent = time.monotonic(), 0
        while flooder.closed is None and sent < 5000:
            try:
                await flooder.post("send", room="lobby", text="flood", client_id=f"k{sent}")
            except (Closed, OSError):
                break
            sent += 1
            await asyncio.sleep(max(0.0, began + sent / 1000 - time.monotonic()))
        closed = await flooder.wait_closed()
        seconds = time.monotonic() - began
        await readers[0].send("lobby", "the end")
        for reader in readers:
            await reader.event("message", text="the end")
        got = [len(reader.seen("message", text="flood")) for reader in readers]
        figure(
            f"{sent} sent within {seconds:.2f} s: {answers.get('ack', 0)} stored, "
            f"{answers.get('rate_limited', 0)} refused, then {closed.code}"
        )
        assert closed.code == 4004
        assert 10 <= answers["ack"] <= 10 + 5 * seconds + 1
        assert got == [answers["ack"]] * len(readers), "what was stored, and nothing else"
        for reader in readers:
            await reader.close()
        await flooder.close()


@pytest.mark.slow
@pytest.mark.thorough
@scenario(90)
async def test_two_hundred_behind_one_address_are_refused_nothing(tmp_path: Path) -> None:
    refusals: list[Event] = []

    def hear(event: Event) -> None:
        if event["type"] in ("error", "left", "bye"):
            refusals.append(event)

    async def neighbour(server: ServerProcess, number: int) -> int:
        """Come in, write now and then, type, read, look back once, and reload in the middle."""
        kind = (RawWebSocket, SockJSWebSocket, XhrPolling)[number % 3]
        sent = 0
        for _ in range(2):
            client = ChatClient(kind(), on_event=hear, remember=False)
            client.patience = 30.0
            await client.open(server.at)
            await client.hello(f"neighbour {number}")
            await client.join("lobby")
            await client.history("lobby", before=100, limit=50)
            until_then = time.monotonic() + SECONDS / 2
            await asyncio.sleep(number / NEIGHBOURS * EVERY)
            while time.monotonic() < until_then:
                await client.request("typing", room="lobby", on=True)
                ack = await client.send("lobby", f"hello from {number}")
                await client.request("read", room="lobby", seq=ack["seq"])
                sent += 1
                await asyncio.sleep(EVERY)
            await client.close()
        return sent

    async with ServerProcess(tmp_path, DEFAULTS) as server:
        began = time.monotonic()
        sent = await asyncio.gather(*(neighbour(server, n) for n in range(NEIGHBOURS)))
        rate = sum(sent) / (time.monotonic() - began)
    figure(f"{NEIGHBOURS} people behind one address, {rate:.0f} messages/s: {refusals or 'none'}")
    assert refusals == []
    assert sum(sent) >= NEIGHBOURS


@scenario(90)
async def test_with_256_files_the_cap_answers_and_lets_in_again_later(tmp_path: Path) -> None:
    prefix = ("sh", "-c", f'ulimit -n {FILES}; exec "$@"', "sh")
    async with ServerProcess(tmp_path, prefix=prefix) as server:
        member = await ChatClient.enter(SockJSWebSocket(), server.at, "lobby", name="Member")
        inside: list[ChatClient] = []
        refused = 0
        for _ in range(PEERS):
            client = ChatClient(RawWebSocket(), remember=False)
            try:
                await client.open(server.at)
                inside.append(client)
            except (OSError, EOFError, Closed, TimeoutError):
                refused += 1
                await client.close()
        before, began = server.process.cpu_seconds(), time.monotonic()
        for number in range(20):
            await member.send("lobby", f"line {number}")
            await asyncio.sleep(0.25)
        share = (server.process.cpu_seconds() - before) / (time.monotonic() - began)
        figure(
            f"{FILES} files, {PEERS} connects: {len(inside)} in, {refused} turned away; "
            f"{share:.0%} of a core while full; {server.fd_count()} files open"
        )
        assert refused + len(inside) == PEERS
        assert refused > 100
        assert share <= 0.2
        assert "Traceback" not in server.log
        for client in inside:
            await client.close()
        await until(lambda: server.fd_count() < FILES // 2, "files given back")
        late = await ChatClient.enter(XhrPolling(), server.at, "lobby", name="Late")
        await late.send("lobby", "there is room again")
        await member.event("message", text="there is room again")
        await late.close()
        await member.close()
