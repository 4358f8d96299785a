"""Who may use the endpoint from which page: on every transport, before anything happens."""

import pytest

from tests.sockjs.peer import Server, begin, handshake_headers, on_server, poll, request
from tornchat.sockjs import same_origin

EVIL = [
    "null",
    "https://evil.test",
    "https://{host}",
    "http://{host}.evil.test",
    "https://evil.test#{host}",
    "http://{host}/",
    "http://user@{host}",
    "http://127.0.0.1:1",
    "http://[::1",
    "ftp://{host}",
    "{host}",
    "",
]
REQUESTS = [
    ("GET", "/echo", {}),
    ("GET", "/echo/info", {}),
    ("OPTIONS", "/echo/info", {}),
    ("POST", "/echo/0/s/xhr", {}),
    ("OPTIONS", "/echo/0/s/xhr", {"Access-Control-Request-Headers": "x"}),
    ("POST", "/echo/0/s/xhr_streaming", {}),
    ("POST", "/echo/0/s/xhr_send", {"Content-Type": "text/plain"}),
    ("GET", "/echo/0/s/eventsource", {}),
    ("GET", "/echo/0/s/websocket", handshake_headers()),
    ("GET", "/echo/websocket", handshake_headers()),
    ("GET", "/echo/0/s/websocket", handshake_headers(Sec_Fetch_Site="same-origin")),
]


def strictly(origin: str | None, host: str) -> bool:
    return origin is None or origin == f"http://{host}"


@pytest.mark.parametrize(("method", "path", "headers"), REQUESTS)
@pytest.mark.parametrize("origin", EVIL)
@on_server(origin_allowed=strictly)
async def test_foreign_origin_is_refused_and_counted(
    server: Server, method: str, path: str, headers: dict[str, str], origin: str
) -> None:
    origin = origin.format(host=f"127.0.0.1:{server.port}")
    answer = await request(server, method, path, headers={**headers, "Origin": origin})
    assert (answer.status, answer.body) == (403, b"")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["vary"] == "Origin"
    assert server.refusals == ["origin"]
    assert server.services == []


@pytest.mark.parametrize(("method", "path", "headers"), REQUESTS)
@pytest.mark.parametrize("own", [True, False])
@on_server(app_settings={"xsrf_cookies": True, "cross_origin_protection": True})
async def test_own_origin_and_no_origin_are_let_in(
    server: Server, method: str, path: str, headers: dict[str, str], own: bool
) -> None:
    await poll(server, "s")
    origin = f"http://127.0.0.1:{server.port}"
    path = path if "xhr_send" in path or method != "POST" else path.replace("/s/", "/t/")
    sent = {**headers, "Origin": origin} if own else headers
    answer = await begin(server, method, path, headers=sent, body=b'["a"]' * (method == "POST"))
    assert answer.status in (200, 204, 101)
    assert server.refusals == []
    assert answer.headers.get("access-control-allow-origin") == (origin if own else None)


@on_server()
async def test_two_origin_headers_are_refused(server: Server) -> None:
    own = f"http://127.0.0.1:{server.port}"
    answer = await request(
        server, "POST", "/echo/0/s/xhr", headers={"Origin": own, "origin": "https://evil.test"}
    )
    assert answer.status == 403


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "chat.example", True),
        ("https://chat.example", "chat.example", True),
        ("http://chat.example:8000", "chat.example:8000", True),
        ("http://Chat.Example", "chat.example", True),
        ("http://localhost:8000", "127.0.0.1:8000", False),
        ("null", "chat.example", False),
        ("null", "null", False),
        ("https://chat.example.evil.test", "chat.example", False),
        ("https://evil.test#chat.example", "chat.example", False),
        ("https://chat.example:444", "chat.example", False),
        ("ws://chat.example", "chat.example", False),
        ("", "", False),
    ],
)
def test_same_origin_compares_exactly(origin: str | None, host: str, allowed: bool) -> None:
    assert same_origin(origin, host) is allowed
