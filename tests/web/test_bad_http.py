"""THREATS 5 A: bad HTTP, each with its right answer, while a healthy witness is served.

For each input: an expected status or a close without one, the witness answered all along, the loop
not held, no traceback and no address elsewhere for the peer, at most two log lines, no ERROR.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import pytest

from tests.web.serving import PATIENCE, exchange, hang_up, request, run, serving
from tornchat.web.server import ChatServer

pytestmark = pytest.mark.usefixtures("settled_heap")

CLOSED = 0
HOLD_LIMIT = 0.1
"""CPU seconds that one turn of the loop may take; of which part is the test's own."""


@dataclass(frozen=True)
class Bad:
    """One input: what is sent, and which statuses are right (CLOSED: none at all)."""

    name: str
    data: bytes
    right: tuple[int, ...]


def raw(*lines: str | bytes, body: bytes = b"") -> bytes:
    found = (line if isinstance(line, bytes) else line.encode("latin-1") for line in lines)
    return b"\r\n".join(found) + b"\r\n\r\n" + body


def get(*lines: str | bytes) -> bytes:
    return raw("GET / HTTP/1.1", "Host: x", "Connection: close", *lines)


def post(*lines: str | bytes, body: bytes = b"") -> bytes:
    return raw("POST /echo HTTP/1.1", "Host: x", "Connection: close", *lines, body=body)


def form(count: int) -> bytes:
    body = b"&".join(b"a%d=1" % n for n in range(count))
    return post(
        "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}", body=body
    )


def parts(body: bytes, boundary: str = "; boundary=b") -> bytes:
    return post(
        f"Content-Type: multipart/form-data{boundary}", f"Content-Length: {len(body)}", body=body
    )


PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
CHUNKED = "Transfer-Encoding: chunked"
REFUSED = (400, CLOSED)

CASES = [
    Bad("3 length of a gigabyte", post("Content-Length: 1000000000"), (400, 413)),
    Bad("3 chunk of a gigabyte", post(CHUNKED, body=b"3b9aca00\r\n"), (400, 413)),
    Bad("4 length and chunks", post("Content-Length: 3", CHUNKED, body=b"0\r\n\r\n"), (400,)),
    Bad("5 two hosts", raw("GET / HTTP/1.1", "Host: x", "Host: y"), (400,)),
    Bad("5 host with a space", raw("GET / HTTP/1.1", "Host: x y"), (400,)),
    Bad("5 host with a path", raw("GET / HTTP/1.1", "Host: x/y"), (400,)),
    Bad("5 no host", raw("GET / HTTP/1.1", "Connection: close"), (400,)),
    Bad("6 length +5", post("Content-Length: +5", body=b"hello"), (400,)),
    Bad("6 length 1_0", post("Content-Length: 1_0", body=b"0123456789"), (400,)),
    Bad("6 length -1", post("Content-Length: -1"), (400,)),
    Bad("6 length of words", post("Content-Length: many"), (400,)),
    Bad("6 two lengths", post("Content-Length: 1", "Content-Length: 2", body=b"12"), (400,)),
    Bad("6 length in Arabic digits", post(b"Content-Length: \xd9\xa5", body=b"hello"), (400,)),
    Bad("7 encoding xchunked", post("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), (400,)),
    Bad("7 encoding twice", post("Transfer-Encoding: chunked, chunked"), (400,)),
    Bad("7 chunk size 0x5", post(CHUNKED, body=b"0x5\r\nhello\r\n0\r\n\r\n"), (400,)),
    Bad("7 chunk size +5", post(CHUNKED, body=b"+5\r\nhello\r\n0\r\n\r\n"), (400,)),
    Bad("7 chunk without its end", post(CHUNKED, body=b"5\r\nhelloX\r\n0\r\n\r\n"), (400,)),
    Bad("7 million chunks", post(CHUNKED, body=b"1\r\nx\r\n" * 1_000_000), (400, CLOSED)),
    Bad("8 header over the limit", get("X: " + "a" * 20_000), REFUSED),
    Bad("8 many headers", get(*(f"X-{n}: 1" for n in range(2000))), REFUSED),
    Bad("9 bare CR", get("X: a\rb"), (400,)),
    Bad("9 NUL", get("X: a\0b"), (400,)),
    Bad("9 folded header", get("X: a", " b"), (400,)),
    Bad("9 header without a colon", get("nonsense"), (400,)),
    Bad("9 space before the colon", get("X : a"), (400,)),
    Bad("9 empty name", get(": a"), (400,)),
    Bad("9 bare LF", b"GET / HTTP/1.1\nHost: x\nConnection: close\n\n", (200, 400)),
    Bad("10 ten thousand of one header", get(*["A: 1"] * 10_000), REFUSED),
    Bad("10 many of one header", get(*["A: 1"] * 2_000), (200, 400)),
    Bad("11 cookie of escapes", get('Cookie: a="' + "\\1" * 5_000 + '"'), (200, 400)),
    Bad("12 arguments in the query", raw("GET /?" + "&".join(["a=1"] * 1001) + " HTTP/1.1",
        "Host: x", "Connection: close"), (400,)),
    Bad("12 arguments in a form", form(1001), (400,)),
    Bad("12 more arguments than are read", form(301), (400,)),
    Bad("13 thousands of parts", parts(PART * 2_000 + b"--b--\r\n"), (400,)),
    Bad("13 no boundary", parts(PART, boundary=""), (400,)),
    Bad("13 broken part headers", parts(b"--b\r\n\0\0:\r\n\r\n1\r\n--b--\r\n"), (400,)),
    Bad("14 packed body", request("POST", "/r/lobby", "Content-Encoding: gzip",
        body=b"\x1f\x8b" + b"\0" * 1000), (415,)),
    Bad("15 method FOO", request("FOO", "/"), (405,)),
    Bad("15 method TRACE", request("TRACE", "/"), (405,)),
    Bad("15 method PUT", request("PUT", "/r/lobby", body=b"x"), (405,)),
    Bad("15 method CONNECT", request("CONNECT", "evil.test:443"), (400, 404, 405)),
    Bad("15 method with a tab", raw("GE\tT / HTTP/1.1", "Host: x"), (400,)),
    Bad("16 NUL in the path", request("GET", "/%00"), (404,)),
    Bad("16 encoded parent", request("GET", "/..%2f..%2fetc/passwd"), (404,)),
    Bad("16 parent", request("GET", "/../../etc/passwd"), (404,)),
    Bad("16 encoded parent of static", request("GET", "/static/%2e%2e/x"), (404,)),
    Bad("16 two slashes", request("GET", "//evil.test/.."), (404,)),
    Bad("16 backslash", request("GET", "/\\evil.test/../dir"), (404,)),
    Bad("16 bytes that are no text", request("GET", "/r/%ff%fe"), (400, 404)),
    Bad("16 whole address", request("GET", "http://evil.test/"), (200, 400, 404)),
    Bad("16 star", request("OPTIONS", "*"), (400, 404, 405)),
    Bad("18 long address", request("GET", "/" + "a" * 100_000), (400, 414, CLOSED)),
    Bad("18 long query", request("GET", "/?a=" + "a" * 15_000), (200, 400, 414)),
    Bad("20 HTTP/0.9", b"GET /\r\n\r\n", REFUSED),
    Bad("20 HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", REFUSED),
    Bad("20 HTTP/1.2", raw("GET / HTTP/1.2", "Host: x", "Connection: close"), (200, 400)),
    Bad("20 TLS hello", bytes.fromhex("16030100c8010000c40303") + b"\xaa" * 189 + b"\r\n\r\n",
        REFUSED),
    Bad("20 nothing but line ends", b"\r\n\r\n" * 100, REFUSED),
    Bad("31 upgrade on a page", get("Upgrade: websocket", "Connection: Upgrade"), (200, 400, 426)),
    Bad("31 upgrade to h2c", get("Upgrade: h2c", "Connection: Upgrade"), (200, 400)),
    Bad("expects what nobody has", get("Expect: 200-maybe"), (200, 400, 417)),
]  # fmt: skip


@contextmanager
def few_log_lines(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check what an operator would see: INFO of ours, WARNING of libraries."""
    caplog.set_level(logging.INFO)
    yield
    shown = [
        record
        for record in caplog.records
        if record.name.startswith("tornchat") or record.levelno >= logging.WARNING
    ]
    assert len(shown) <= 2, caplog.text
    assert all(record.levelno < logging.ERROR for record in shown), caplog.text


class Witness:
    """A healthy peer that asks again and again; and a look at how long the loop is held."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.longest_hold = 0.0

    async def ask(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await reader.readuntil(b"}")).endswith(b'{"status": "ok"}')
                self.answered.set()
        finally:
            await hang_up(writer)

    async def served(self) -> None:
        """Wait until three more answers have come."""
        for _ in range(3):
            self.answered.clear()
            await asyncio.wait_for(self.answered.wait(), PATIENCE)

    async def watch(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.longest_hold = max(self.longest_hold, time.thread_time() - before)


@asynccontextmanager
async def witnessed(server: ChatServer) -> AsyncIterator[None]:
    """Keep a witness served while the block runs, and after it."""
    witness = Witness()
    tasks = [asyncio.create_task(witness.ask(server.port)), asyncio.create_task(witness.watch())]
    await witness.served()
    yield
    await witness.served()
    for task in tasks:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert witness.longest_hold < HOLD_LIMIT


def statuses(data: bytes) -> list[int]:
    return [int(line.split()[1]) for line in data.split(b"\r\n") if line.startswith(b"HTTP/1.")]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
def test_bad_http_gets_its_right_answer(bad: Bad, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(patience=1.0) as server, witnessed(server):
            found = await exchange(server.port, bad.data)
        first = statuses(found)[0] if found else CLOSED
        assert first in bad.right, found[:300]
        assert b"Traceback" not in found
        assert b"\r\nLocation:" not in found
        assert b"root:" not in found

    with few_log_lines(caplog):
        run(main())


def test_five_hundred_headers_that_never_end_are_closed(caplog: pytest.LogCaptureFixture) -> None:
    """THREATS A 1."""

    async def main() -> None:
        async with serving(patience=1.0) as server, witnessed(server):
            peers = []
            for _ in range(500):
                never_ends = exchange(server.port, b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
                peers.append(asyncio.create_task(never_ends))
                await asyncio.sleep(0)  # else it is our own work that holds the loop
            assert set(await asyncio.gather(*peers)) == {b""}

    with few_log_lines(caplog):
        run(main())


def test_bad_requests_in_a_row_cost_linear_time() -> None:
    """Ten times as much of each input takes about ten times as long, not a hundred."""

    def cost(repeats: int) -> float:
        cookie = 'Cookie: a="' + "\\1" * repeats + '"'
        headers = ["A: 1"] * repeats
        query = "/?" + "&" * repeats

        async def main() -> None:
            async with serving() as server:
                for data in (get(cookie), get(*headers), request("GET", query)):
                    assert statuses(await exchange(server.port, data))[0] in (200, 400)

        before = time.process_time()
        run(main())
        return time.process_time() - before

    cost(10)
    small, large = min(cost(200) for _ in range(3)), min(cost(2000) for _ in range(3))
    assert large < 10 * small + 0.05
