"""THREATS 5 A, sent to the whole server; the table itself is that of the web suite."""

import asyncio
import time
from functools import partial

from tests.kit.transports import RawWebSocket
from tests.kit.waiting import until_true
from tests.threats.scene import Case, Scene, status_of
from tests.web.test_bad_http import CASES as BAD_HTTP
from tests.web.test_bad_http import Bad

NUMBERS = {str(number) for number in range(1, 22)}
"""Those of section A: what the web suite has of others needs more than an answer."""
DEADLINE = 10.0
SLOW_HEADERS = 500
PIPELINED = 1000
PIPELINE_MEMORY_KB = 32 * 1024


def from_web_suite(bad: Bad) -> Case:
    number, _, name = bad.name.partition(" ")
    return Case(f"A{number}-{name.replace(' ', '-')}", partial(_send, bad))


async def _send(bad: Bad, scene: Scene) -> None:
    # The web suite has an address of its own that takes bodies; a room's page refuses them later.
    found = await scene.exchange(bad.data.replace(b"/echo", b"/r/lobby", 1))
    assert status_of(found) in bad.right, found[:300]
    assert b"\r\nLocation:" not in found
    assert b"root:" not in found


async def headers_that_never_end(scene: Scene) -> None:
    async def one() -> tuple[bytes, float]:
        async with scene.gate:
            wire = await scene.wire(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        began = time.monotonic()
        return await wire.read_to_end(), time.monotonic() - began

    found = await asyncio.gather(*(one() for _ in range(SLOW_HEADERS)))
    assert {data for data, _ in found} == {b""}
    assert min(seconds for _, seconds in found) >= DEADLINE - 1
    assert max(seconds for _, seconds in found) <= DEADLINE + 5


async def body_byte_by_byte(scene: Scene) -> None:
    wire = await scene.wire(
        b"POST /sockjs/0/slow/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    )
    began = time.monotonic()

    async def closed() -> bool:
        await wire.write(b"x")
        return await asyncio.wait_for(wire.reader.read(1), 0.5) == b""

    async def quietly() -> bool:
        try:
            return await closed()
        except TimeoutError:
            return False
        except OSError:
            return True

    await until_true(quietly, "the body's time is up", patience=DEADLINE + 5)
    assert time.monotonic() - began >= DEADLINE - 1


async def addresses_from_strangers(scene: Scene) -> None:
    claims = {"X-Forwarded-For": "192.0.2.7, junk", "X-Real-Ip": "192.0.2.8"}
    before = len(scene.server.log)
    await scene.enter(RawWebSocket(headers=claims))
    log = scene.server.log[before:]
    assert "raw opened from 127.0.0.1" in log
    assert "192.0.2." not in log


async def thousand_requests_unread(scene: Scene) -> None:
    memory = scene.server.rss_kb()
    one = scene.request("GET", "/health", "Connection: keep-alive")
    wire = await scene.wire(receive_buffer=4096)
    writing = asyncio.create_task(
        wire.write(one * (PIPELINED - 1) + scene.request("GET", "/health"))
    )
    await scene.company.say()
    assert scene.server.rss_kb() - memory < PIPELINE_MEMORY_KB
    found = await wire.read_to_end()
    await writing
    scene.note(found)
    assert found.count(b"HTTP/1.1 200 OK") == found.count(b'{"status": "ok"}') == PIPELINED


QUICK = [
    *(
        from_web_suite(bad)
        for bad in BAD_HTTP
        if bad.name[0] in "123456789" and bad.name[:2] != "31"
    ),
    Case("A19-address-claimed-by-a-stranger", addresses_from_strangers),
    Case("A21-pipelined-unread", thousand_requests_unread),
]
SLOW = [
    Case("A1-headers-that-never-end", headers_that_never_end),
    Case("A2-body-byte-by-byte", body_byte_by_byte),
]
