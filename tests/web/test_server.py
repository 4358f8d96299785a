"""The server itself: listening, time limits, connection limits, TLS, and leaving nothing behind."""

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.kit.certificate import certify
from tests.web.serving import EXTRA, PATIENCE, ask, config, exchange, hang_up, request, run, serving
from tests.web.serving import site as make_site
from tornchat.config import Address
from tornchat.errors import ConfigError, ListenError
from tornchat.web import listeners
from tornchat.web.server import ChatServer

SHORT = 0.3
"""Patience of a server in these tests; real ones have 10 s."""


async def until_closed(port: int, data: bytes) -> float:
    """Send bytes, then wait; return after how many seconds the server closed."""
    started = asyncio.get_running_loop().time()
    await exchange(port, data)
    return asyncio.get_running_loop().time() - started


def open_files() -> set[str]:
    return {file.name for file in Path("/proc/self/fd").iterdir()}


# ── listening ───────────────────────────────────────────────────────────────────────────────────


def test_taken_port_is_named_in_one_line(unused_tcp_port: int) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", unused_tcp_port)):
            server = ChatServer(make_site(config(server__listen=f"127.0.0.1:{unused_tcp_port}")))
            with pytest.raises(ListenError) as caught:
                server.start()
            await server.stop()
        expected = f"cannot listen on 127.0.0.1:{unused_tcp_port}: the port is already in use"
        assert str(caught.value) == expected
        assert caught.value.exit_code == 1

    run(main())


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (Address("192.0.2.1", 8000), "this machine has no such address"),
        (Address("no-such-host.invalid", 8000), "no such host"),
    ],
)
def test_address_that_is_not_ours_is_named(address: Address, reason: str) -> None:
    with pytest.raises(ListenError, match=f"cannot listen on {address}: {reason}"):
        listeners.listen(address)


@pytest.mark.parametrize(
    ("listen", "shown"),
    [("127.0.0.1:0", "127.0.0.1"), ("localhost:0", "localhost"), (":0", "localhost"),
     ("0.0.0.0:0", "localhost")],
)  # fmt: skip
def test_server_says_what_to_type_into_a_browser(listen: str, shown: str) -> None:
    async def main() -> None:
        async with serving(server__listen=listen) as server:
            assert server.address == f"http://{shown}:{server.port}/"
            assert (await ask(server, "GET", "/health")).status == 200

    run(main())


def test_server_says_its_configured_address() -> None:
    async def main() -> None:
        async with serving(server__base_url="https://site.example/chat") as server:
            assert server.address == "https://site.example/chat/"

    run(main())


def test_name_with_two_addresses_has_one_port() -> None:
    found = listeners.listen(Address("", 0))
    ports = {listening.getsockname()[1] for listening in found}
    for listening in found:
        listening.close()
    assert len(ports) == 1


def test_server_leaves_nothing_behind() -> None:
    async def main() -> None:
        async with serving():
            pass  # what is made once per process is there from now on
        before = (open_files(), asyncio.all_tasks(), threading.active_count())
        server = ChatServer(make_site(config()), EXTRA)
        server.start()
        half = await asyncio.open_connection("127.0.0.1", server.port)
        half[1].write(b"GET / HTTP/1.1\r\n")
        slow = await asyncio.open_connection("127.0.0.1", server.port)
        slow[1].write(request("GET", "/slow?seconds=0.2"))
        await slow[0].readuntil(b"\r\n\r\n")
        await server.stop()
        assert await asyncio.wait_for(half[0].read(), PATIENCE) == b""
        await hang_up(half[1])
        await hang_up(slow[1])
        left = asyncio.all_tasks() - before[1]
        if left:
            await asyncio.wait(left, timeout=PATIENCE)
        after = (open_files(), asyncio.all_tasks(), threading.active_count())
        assert after == before

    run(main())


# ── time ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Never-Finished: ",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["silence", "start line", "header", "body", "chunk", "idle after an answer"],
)
def test_peer_that_does_not_go_on_is_closed(data: bytes) -> None:
    async def main() -> None:
        async with serving(patience=SHORT) as server:
            assert SHORT * 0.9 <= await until_closed(server.port, data) < SHORT + 5

    run(main())


def test_body_that_trickles_in_is_closed() -> None:
    async def main() -> None:
        async with serving(patience=SHORT) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n")
            started = asyncio.get_running_loop().time()
            gone = asyncio.ensure_future(reader.read())
            while not gone.done():
                writer.write(b"x")
                await asyncio.wait([gone], timeout=SHORT / 10)
            assert asyncio.get_running_loop().time() - started < SHORT + 5
            gone.exception()
            await hang_up(writer)

    run(main())


def test_answer_may_take_longer_than_a_request() -> None:
    """A long poll or a stream is not cut by the limit for requests, nor on its connection later."""

    async def main() -> None:
        async with serving(patience=SHORT) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            for _ in range(2):
                writer.write(f"GET /slow?seconds={3 * SHORT} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                found = await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), PATIENCE)
                assert b"done" in found
            await hang_up(writer)

    run(main())


def test_real_servers_wait_ten_seconds() -> None:
    assert ChatServer(make_site(config())).patience == 10.0


# ── how many ────────────────────────────────────────────────────────────────────────────────────


async def open_many(
    port: int, count: int
) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    found = []
    for _ in range(count):
        found.append(await asyncio.open_connection("127.0.0.1", port))
    return found


@pytest.mark.parametrize("limit", ["connections", "connections_per_ip"])
def test_connections_over_the_limit_are_closed_at_once(limit: str) -> None:
    async def main() -> None:
        async with serving(**{f"limits__{limit}": "3"}) as server:
            pairs = await open_many(server.port, 3)
            pairs[0][1].write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            await pairs[0][0].readuntil(b"}")
            for _ in range(5):
                assert await exchange(server.port, request("GET", "/health")) == b""
            pairs[1][1].write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert await pairs[1][0].readuntil(b"}")
            await hang_up(pairs[2][1])
            async with asyncio.timeout(PATIENCE):
                while await exchange(server.port, request("GET", "/health")) == b"":
                    pass
            for _, writer in pairs:
                await hang_up(writer)

    run(main())


def test_connections_that_are_turned_away_are_counted() -> None:
    async def main() -> None:
        served = make_site(config(limits__connections="1"))
        async with serving(served=served) as server:
            (pair,) = await open_many(server.port, 1)
            for _ in range(3):
                await exchange(server.port, b"")
            await hang_up(pair[1])
            text = served.metrics.text().decode()
            assert 'tornchat_rejections_total{reason="connections"} 3.0' in text

    run(main())


def test_connections_are_counted_down_however_they_end() -> None:
    async def main() -> None:
        async with serving(limits__connections="2", patience=SHORT) as server:
            for data in (
                b"",
                b"junk\r\n\r\n",
                request("GET", "/health"),
                request("GET", "/broken"),
            ):
                for _ in range(3):
                    await exchange(server.port, data)
            reset = socket.create_connection(("127.0.0.1", server.port))
            reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            reset.close()
            async with asyncio.timeout(PATIENCE):
                while not await exchange(server.port, request("GET", "/health")):
                    pass
            pairs = await open_many(server.port, 2)
            assert await exchange(server.port, request("GET", "/health")) == b""
            for _, writer in pairs:
                await hang_up(writer)

    run(main())


CROWDED = """
import asyncio, resource, sys, time
from tests.web.serving import serving
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
async def main():
    async with serving() as server:
        print(server.port, flush=True)
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(time.process_time(), flush=True)
asyncio.run(main())
"""


def test_crowd_beyond_the_open_files_costs_nothing() -> None:
    """THREATS H 105: 256 open files and 400 connections; at its limit a naive server spins."""
    command = [sys.executable, "-c", CROWDED]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        port = int(process.stdout.readline())

        def cpu_seconds() -> float:
            assert process.stdin
            assert process.stdout
            process.stdin.write("\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        async def main() -> None:
            pairs = await open_many(port, 400)
            before = cpu_seconds()
            await asyncio.sleep(1)  # one second of a crowd at the door
            assert cpu_seconds() - before < 0.2
            for _, writer in pairs:
                await hang_up(writer)
            async with asyncio.timeout(PATIENCE):
                while not await exchange(port, request("GET", "/health")):
                    pass

        run(main())
        process.stdin.close()
        errors = process.stderr.read()
        assert process.wait(PATIENCE) == 0
    assert "Traceback" not in errors
    assert len(errors.splitlines()) <= 2


def test_a_thousand_pipelined_requests_are_answered_in_order() -> None:
    """A peer that sends and does not read: one answer is under way at a time."""

    async def main() -> None:
        async with serving() as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            data = b"".join(
                b"GET /who?n=%d HTTP/1.1\r\nHost: x\r\n\r\n" % n
                if n % 2
                else b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
                for n in range(1000)
            )
            writer.write(data + request("GET", "/nope"))
            found = await asyncio.wait_for(reader.read(), 30)
            statuses = found.count(b"HTTP/1.1 200 OK")
            assert statuses == 1000
            first, second = found.index(b'{"status"'), found.index(b"127.0.0.1 http /who")
            assert first < second < found.index(b"HTTP/1.1 404")
            await hang_up(writer)

    run(main())


# ── TLS ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key."""
    return certify(tmp_path)


def test_server_speaks_https(certificate: tuple[Path, Path]) -> None:
    async def main() -> None:
        cert, key = certificate
        async with serving(server__tls_cert=str(cert), server__tls_key=str(key)) as server:
            assert server.address == f"https://127.0.0.1:{server.port}/"
            context = ssl.create_default_context(cafile=str(cert))
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
            writer.write(request("GET", "/who"))
            assert b"127.0.0.1 https /who" in await asyncio.wait_for(reader.read(), PATIENCE)
            await hang_up(writer)

    run(main())


@pytest.mark.parametrize("data", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01"])
def test_peer_that_never_shakes_hands_is_closed(
    certificate: tuple[Path, Path], data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        cert, key = certificate
        async with serving(
            patience=SHORT, server__tls_cert=str(cert), server__tls_key=str(key)
        ) as server:
            assert await until_closed(server.port, data) < SHORT + 5

    run(main())
    assert not [r for r in caplog.records if r.levelname == "ERROR"]


def test_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("not PEM\n")
    with pytest.raises(ConfigError, match="tls_cert, tls_key: expected a PEM certificate"):
        listeners.tls_context(wrong, wrong)


def test_certificate_that_is_gone_is_refused(tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    with pytest.raises(ConfigError, match=r"tls_cert, tls_key: .*gone\.pem|No such file"):
        listeners.tls_context(gone, gone)


def test_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected both or none"):
        listeners.tls_context(tmp_path / "cert.pem", None)
