"""The whole server as a process: what holds for every address, those of SockJS included."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.server import ServerProcess
from tests.web.serving import Answer, ask, run

ADDRESSES = [
    ("GET", "/"),
    ("GET", "/r/lobby"),
    ("GET", "/r/nowhere"),
    ("GET", "/api/v1/rooms"),
    ("GET", "/ready"),
    ("GET", "/nope"),
    ("GET", "/sockjs"),
    ("GET", "/sockjs/info"),
    ("OPTIONS", "/sockjs/info"),
    ("POST", "/sockjs/000/aaaa/xhr"),
    ("POST", "/sockjs/000/nobody/xhr_send"),
    ("GET", "/sockjs/000/bbbb/xhr"),
    ("GET", "/sockjs/000/cccc/jsonp?c=alert"),
    ("GET", "/sockjs/iframe-1.html"),
    ("GET", "/sockjs/websocket"),
    ("GET", "/sockjs/..%2f..%2f"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("whole")) as found:
        yield found


def answer(server: ServerProcess, method: str, target: str, *headers: str) -> Answer:
    found: list[Answer] = []

    async def main() -> None:
        port = urlsplit(server.address).port
        assert port
        found.append(await ask(port, method, target, *headers))

    run(main())
    return found[0]


@pytest.mark.parametrize(("method", "target"), ADDRESSES)
def test_every_address_carries_the_security_headers(
    server: ServerProcess, method: str, target: str
) -> None:
    found = answer(server, method, target)
    assert found.status < 500
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Server" not in found.headers


@pytest.mark.parametrize("origin", ["https://evil.test", "null"])
@pytest.mark.parametrize(("method", "target"), [a for a in ADDRESSES if "/sockjs/" in a[1]])
def test_foreign_pages_are_told_nothing(
    server: ServerProcess, method: str, target: str, origin: str
) -> None:
    found = answer(server, method, target, f"Origin: {origin}")
    assert found.status in (403, 404)
    assert "Access-Control-Allow-Origin" not in found.headers


def test_figures_count_what_happened(server: ServerProcess) -> None:
    answer(server, "GET", "/sockjs/info", "Origin: https://evil.test")
    text = answer(server, "GET", "/metrics").body.decode()
    assert 'tornchat_rejections_total{reason="origin"}' in text
    assert 'tornchat_connections{transport="websocket"} 0.0' in text
    assert "tornchat_database_bytes" in text


def test_log_stays_short(server: ServerProcess, tmp_path: Path) -> None:
    before = len(server.log.splitlines())
    for target in ("/nope?token=canary", "/r/%ff?token=canary", "/sockjs/info?token=canary"):
        for _ in range(10):
            answer(server, "GET", target)
    assert len(server.log.splitlines()) - before <= 2
    assert "canary" not in server.log
