"""What the SockJS protocol asks of the transports offered, one rule per test."""

import json
import re
from typing import Any

import pytest

from tests.sockjs.peer import (
    Server,
    ask,
    begin,
    handshake_headers,
    on_server,
    poll,
    request,
    until,
    waiting_poll,
    websocket,
    xhr_send,
)

NOT_CACHED = "no-store, no-cache, no-transform, must-revalidate, max-age=0"
ANY_ORIGIN: dict[str, Any] = {"origin_allowed": lambda origin, host: True}
POLLED = ["xhr", "xhr_send", "xhr_streaming"]
STREAMS = {"xhr_streaming": "POST", "eventsource": "GET"}


def content_type(headers: dict[str, str]) -> str:
    return headers.get("content-type", "").replace(" ", "")


def assert_cors(headers: dict[str, str], origin: str) -> None:
    assert headers["access-control-allow-origin"] == origin
    assert headers["access-control-allow-credentials"] == "true"
    assert "Origin" in headers["vary"]


async def open_stream(server: Server, kind: str, session: str, **kwargs: Any) -> Any:
    """Open a stream and read it up to its open frame."""
    base = kwargs.pop("base", "/echo")
    response = await begin(server, STREAMS[kind], f"{base}/000/{session}/{kind}", **kwargs)
    assert response.status == 200
    prelude = b"\r\n" if kind == "eventsource" else b"h" * 2048 + b"\n"
    assert await response.chunk() == prelude
    return response


def framed(kind: str, frame: str) -> bytes:
    return f"data: {frame}\r\n\r\n".encode() if kind == "eventsource" else f"{frame}\n".encode()


# ── base addresses ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/echo", "/echo/"])
@on_server()
async def test_greeting_is_plain_cacheable_and_without_cookie(server: Server, path: str) -> None:
    answer = await request(server, "GET", path)
    assert (answer.status, answer.body) == (200, b"Welcome to SockJS!\n")
    assert content_type(answer.headers) == "text/plain;charset=UTF-8"
    assert "set-cookie" not in answer.headers
    assert re.search(r"max-age=[1-9]\d{6}", answer.headers["cache-control"])
    assert answer.headers["expires"].endswith("GMT")


@pytest.mark.parametrize(
    "suffix",
    ["/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/", "/iframe.html", "/iframe-0.1.html",
     "/iframe", "/chunking_test", "/0/s/jsonp?c=x", "/0/s/htmlfile?c=x", "/0/s/other"],
)  # fmt: skip
@on_server()
async def test_other_addresses_are_404(server: Server, suffix: str) -> None:
    for method in ("GET", "POST"):
        answer = await request(server, method, "/echo" + suffix)
        assert answer.status == 404
        assert answer.body == b""
        assert "set-cookie" not in answer.headers


@on_server(**ANY_ORIGIN)
async def test_info_tells_what_is_offered(server: Server) -> None:
    answer = await request(server, "GET", "/echo/info", headers={"Origin": "test"})
    assert answer.status == 200
    assert content_type(answer.headers) == "application/json;charset=UTF-8"
    assert answer.headers["cache-control"] == NOT_CACHED
    for name in ("set-cookie", "expires", "last-modified"):
        assert name not in answer.headers
    assert_cors(answer.headers, "test")
    info = json.loads(answer.body)
    assert info.pop("entropy") in range(2**32)
    assert info == {"websocket": True, "cookie_needed": False, "origins": ["*:*"]}


@on_server()
async def test_info_gives_new_entropy_each_time(server: Server) -> None:
    seen = {json.loads((await request(server, "GET", "/echo/info")).body)["entropy"] for _ in "abc"}
    assert len(seen) == 3


@on_server(websocket=False)
async def test_disabled_websocket_is_said_and_404(server: Server) -> None:
    info = json.loads((await request(server, "GET", "/echo/info")).body)
    assert info["websocket"] is False
    for path in ("/echo/0/0/websocket", "/echo/websocket"):
        answer = await request(server, "GET", path, headers=handshake_headers())
        assert answer.status == 404


@pytest.mark.parametrize("path", ["/info", *(f"/abc/abc/{name}" for name in POLLED)])
@pytest.mark.parametrize("origin", ["test", "null", "https://x.example"])
@on_server(**ANY_ORIGIN)
async def test_preflight_is_cacheable_and_names_the_methods(
    server: Server, path: str, origin: str
) -> None:
    method = "GET" if path == "/info" else "POST"
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    answer = await request(server, "OPTIONS", "/echo" + path, headers=headers)
    assert (answer.status, answer.body) == (204, b"")
    assert "public" in answer.headers["cache-control"]
    assert re.search(r"max-age=[1-9]\d{6}", answer.headers["cache-control"])
    assert answer.headers["expires"].endswith("GMT")
    assert int(answer.headers["access-control-max-age"]) > 1_000_000
    assert method in answer.headers["access-control-allow-methods"]
    assert_cors(answer.headers, origin)


@pytest.mark.parametrize(("asked", "allowed"), [("a, b, c", "a, b, c"), ("", None), (None, None)])
@on_server(**ANY_ORIGIN)
async def test_preflight_allows_the_headers_asked_for(
    server: Server, asked: str | None, allowed: str | None
) -> None:
    headers = {"Origin": "test", "Access-Control-Request-Method": "POST"}
    if asked is not None:
        headers["Access-Control-Request-Headers"] = asked
    answer = await request(server, "OPTIONS", "/echo/0/0/xhr", headers=headers)
    assert answer.headers.get("access-control-allow-headers") == allowed


# ── session addresses ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "session",
    ["/a/a", "/_/_", "/1/1", "/abcdefgh_i-j%20/abcdefg_i-j%20", "/s/%C3%BC", "/a/" + "x" * 128],
)  # fmt: skip
@on_server()
async def test_ids_may_be_any_segment(server: Server, session: str) -> None:
    answer = await request(server, "POST", f"/echo{session}/xhr")
    assert (answer.status, answer.body) == (200, b"o\n")


@pytest.mark.parametrize(
    "session",
    ["//", "/a./a", "/a/a.", "/./.", "///", "/a", "/a/b/c", "/a/..%2f..%2fx", "/a/%2e", "/a/",
     "/a/" + "x" * 129, "/a/" + "x" * 4096, "/a/%ff"],
)  # fmt: skip
@on_server()
async def test_ids_may_not_be_empty_dotted_long_or_broken(server: Server, session: str) -> None:
    for transport, method in {**STREAMS, "xhr": "POST", "xhr_send": "POST"}.items():
        answer = await request(server, method, f"/echo{session}/{transport}")
        assert answer.status == 404
    answer = await request(server, "GET", f"/echo{session}/websocket", headers=handshake_headers())
    assert answer.status == 404
    assert server.services == []


@on_server()
async def test_server_id_does_not_matter(server: Server) -> None:
    assert await poll(server, "s") == b"o\n"
    await xhr_send(server, "s", "a")
    answer = await request(server, "POST", "/echo/999/s/xhr")
    assert answer.body == b'a["a"]\n'


@pytest.mark.parametrize(
    "transport", ["xhr", "xhr_send", "xhr_streaming", "eventsource", "websocket"]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH", "GET", "POST"])
@on_server()
async def test_wrong_method_is_405_with_allow_and_nothing_else(
    server: Server, transport: str, method: str
) -> None:
    own = "GET" if transport in ("eventsource", "websocket") else "POST"
    if method == own:
        return
    for headers in ({}, handshake_headers()):
        answer = await request(server, method, f"/echo/0/0/{transport}", headers=headers)
        assert (answer.status, answer.body) == (405, b"")
        assert own in answer.headers["allow"]
        assert "content-type" not in answer.headers


# ── xhr ─────────────────────────────────────────────────────────────────────────────────────────


@on_server(**ANY_ORIGIN)
async def test_xhr_opens_sends_and_receives(server: Server) -> None:
    headers = {"Origin": "test"}
    answer = await request(server, "POST", "/echo/000/s/xhr", headers=headers)
    assert (answer.status, answer.body) == (200, b"o\n")
    assert content_type(answer.headers) == "application/javascript;charset=UTF-8"
    assert answer.headers["cache-control"] == NOT_CACHED
    assert_cors(answer.headers, "test")
    answer = await request(server, "POST", "/echo/000/s/xhr_send", headers=headers, body='["x"]')
    assert (answer.status, answer.body) == (204, b"")
    assert content_type(answer.headers) == "text/plain;charset=UTF-8"
    assert answer.headers["cache-control"] == NOT_CACHED
    assert_cors(answer.headers, "test")
    assert await poll(server, "s") == b'a["x"]\n'


@on_server()
async def test_xhr_send_to_an_unknown_session_is_404(server: Server) -> None:
    answer = await xhr_send(server, "nobody", "x")
    assert (answer.status, answer.body) == (404, b"")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('["x', b"Broken JSON encoding."),
        ("", b"Payload expected."),
        ('"abc"', b"Broken JSON encoding."),
        ("5", b"Broken JSON encoding."),
        ("null", b"Broken JSON encoding."),
        ('{"k":1}', b"Broken JSON encoding."),
        ("[1,null,[]]", b"Broken JSON encoding."),
        ("[" * 20_000, b"Broken JSON encoding."),
        ("[" + "9" * 5_000 + "]", b"Broken JSON encoding."),
    ],
)
@on_server()
async def test_xhr_send_of_a_bad_body_is_500_and_the_session_stays(
    server: Server, body: str, text: bytes
) -> None:
    await poll(server, "s")
    answer = await request(server, "POST", "/echo/000/s/xhr_send", body=body)
    assert (answer.status, answer.body) == (500, text)
    assert server.services[0].received == []
    assert (await xhr_send(server, "s", "a")).status == 204
    assert await poll(server, "s") == b'a["a"]\n'


@on_server()
async def test_xhr_send_takes_any_content_type(server: Server) -> None:
    await poll(server, "s")
    types = ["text/plain", "T", "application/json", "application/xml", "",
             "application/json; charset=utf-8", "text/xml",
             "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]  # fmt: skip
    for kind in types:
        answer = await request(
            server, "POST", "/echo/000/s/xhr_send", headers={"Content-Type": kind}, body='["a"]'
        )
        assert (answer.status, answer.body) == (204, b"")
    assert json.loads((await poll(server, "s"))[1:]) == ["a"] * len(types)


@on_server()
async def test_xhr_send_of_no_messages_is_allowed(server: Server) -> None:
    await poll(server, "s")
    assert (await xhr_send(server, "s")).status == 204
    assert (await xhr_send(server, "s", "a")).status == 204
    assert await poll(server, "s") == b'a["a"]\n'


@on_server()
async def test_xhr_send_bounds_messages_and_bytes(server: Server) -> None:
    await poll(server, "s")
    assert (await xhr_send(server, "s", *["x"] * 51)).status == 413
    assert (await xhr_send(server, "s", "x" * 65536)).status == 413
    assert (await xhr_send(server, "s", *["x"] * 50)).status == 204
    assert server.services[0].received == ["x"] * 50


# ── streams ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", STREAMS)
@on_server(**ANY_ORIGIN)
async def test_stream_opens_and_delivers_frame_by_frame(server: Server, kind: str) -> None:
    stream = await open_stream(server, kind, "s", headers={"Origin": "test"})
    expected = (
        "text/event-stream" if kind == "eventsource" else "application/javascript;charset=UTF-8"
    )
    assert content_type(stream.headers) == expected
    assert stream.headers["cache-control"] == NOT_CACHED
    assert_cors(stream.headers, "test")
    assert stream.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in stream.headers
    assert await stream.chunk() == framed(kind, "o")
    await xhr_send(server, "s", "x")
    assert await stream.chunk() == framed(kind, 'a["x"]')
    await request(server, "POST", "/echo/000/s/xhr_send", body=r'["  \u0000\n\r "]')
    assert await stream.chunk() == framed(kind, r'a["  \u0000\n\r "]')


@on_server(response_limit=4096)
async def test_xhr_stream_ends_after_the_response_limit_without_its_prelude(server: Server) -> None:
    stream = await open_stream(server, "xhr_streaming", "s")
    assert await stream.chunk() == b"o\n"
    for _ in range(31):
        await xhr_send(server, "s", "x" * 128)
        assert await stream.chunk() == f'a["{"x" * 128}"]\n'.encode()
    assert await stream.chunk() == b""


@on_server(response_limit=4096)
async def test_eventsource_ends_after_the_response_limit(server: Server) -> None:
    stream = await open_stream(server, "eventsource", "s")
    assert await stream.chunk() == b"data: o\r\n\r\n"
    await xhr_send(server, "s", "x" * 4096)
    assert await stream.chunk() == framed("eventsource", f'a["{"x" * 4096}"]')
    assert await stream.chunk() == b""


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@on_server()
async def test_greeting_keeps_the_connection_in_both_http_versions(
    server: Server, version: str
) -> None:
    first = await begin(
        server, "GET", "/echo", version=version, headers={"Connection": "Keep-Alive"}
    )
    assert "transfer-encoding" not in first.headers
    assert await first.reader.readexactly(int(first.headers["content-length"]))
    second = await ask(
        server, first.reader, first.writer, "GET", "/echo",
        {"Connection": "Keep-Alive"}, version=version,
    )  # fmt: skip
    assert second.status == 200


@pytest.mark.parametrize("kind", STREAMS)
@on_server()
async def test_stream_over_http_10_ends_with_its_connection(server: Server, kind: str) -> None:
    stream = await begin(
        server, STREAMS[kind], f"/close/000/s/{kind}", version="1.0",
        headers={"Connection": "Keep-Alive"},
    )  # fmt: skip
    assert stream.status == 200
    assert "transfer-encoding" not in stream.headers
    assert "content-length" not in stream.headers
    assert stream.headers["connection"] == "close"
    body = await stream.rest()
    assert body.endswith(framed(kind, "o") + framed(kind, 'c[3000,"Go away!"]'))


# ── WebSocket ───────────────────────────────────────────────────────────────────────────────────


@on_server()
async def test_websocket_opens_and_echoes(server: Server) -> None:
    peer = await websocket(server)
    peer.text('["a"]')
    assert await peer.message() == 'a["a"]'
    peer.text('["b","c"]')
    assert [await peer.message(), await peer.message()] == ['a["b"]', 'a["c"]']


@on_server()
async def test_websocket_handshake_answers_the_key(server: Server) -> None:
    headers = handshake_headers(Sec_WebSocket_Key="x3JJHMbDL1EzLkh9GBhXDw==")
    answer = await begin(server, "GET", "/echo/0/0/websocket", headers=headers)
    assert answer.status == 101
    assert answer.headers["sec-websocket-accept"] == "HSmrc0sMlYUkAGmm5OPpG2HaGWk="
    assert answer.headers["connection"].lower() == "upgrade"
    assert answer.headers["upgrade"].lower() == "websocket"
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("path", ["/echo/0/0/websocket", "/echo/websocket"])
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Upgrade": None, "Connection": None}, 400),
        ({"Upgrade": "h2c"}, 400),
        ({"Connection": "close"}, 400),
        ({"Connection": None}, 400),
        ({"Sec_WebSocket_Key": None}, 400),
        ({"Sec_WebSocket_Key": "x"}, 400),
        ({"Sec_WebSocket_Key": "AAAA"}, 400),
        ({"Sec_WebSocket_Version": None}, 426),
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Sec_WebSocket_Version": "13, 8"}, 426),
    ],
)
@on_server()
async def test_bad_handshake_is_refused_plainly(
    server: Server, path: str, changes: dict[str, str | None], status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    answer = await request(server, "GET", path, headers=handshake_headers(**changes))
    assert answer.status == status
    assert caplog.records == []
    assert server.services == []


@on_server()
async def test_websocket_ignores_empty_frames(server: Server) -> None:
    peer = await websocket(server)
    for text in ("", "[]", '["a"]'):
        peer.text(text)
    assert await peer.message() == 'a["a"]'


@on_server()
async def test_websockets_may_share_a_session_id(server: Server) -> None:
    first, second = await websocket(server), await websocket(server)
    first.text('["a"]')
    second.text('["b"]')
    assert (await first.message(), await second.message()) == ('a["a"]', 'a["b"]')
    first.close()
    third = await websocket(server)
    third.text('["c"]')
    assert await third.message() == 'a["c"]'


@pytest.mark.parametrize("text", ['["a', "{bad", '"abc"', "5", "[1]", "[" * 20_000, '{"k":1}'])
@on_server()
async def test_broken_json_ends_a_websocket_without_a_sockjs_frame(
    server: Server, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    peer = await websocket(server)
    peer.text(text)
    assert (await peer.closing())[0] == 4500
    assert server.closes == [("websocket", 4500)]
    assert caplog.records == []


@on_server()
async def test_closed_websocket_gets_a_sockjs_frame_then_a_close_frame(server: Server) -> None:
    peer = await websocket(server, "/close/000/s/websocket")
    assert await peer.message() == 'c[3000,"Go away!"]'
    assert await peer.closing() == (3000, "Go away!")


@on_server()
async def test_raw_websocket_has_no_framing_but_code_and_reason(server: Server) -> None:
    peer = await websocket(server, "/echo/websocket")
    peer.text("")
    peer.text("Hello world!\uffff")
    assert await peer.message() == "Hello world!\uffff"
    peer = await websocket(server, "/close/websocket")
    assert await peer.closing() == (3000, "Go away!")


# ── closing ─────────────────────────────────────────────────────────────────────────────────────


@on_server()
async def test_closed_session_answers_polls_with_its_close_frame(server: Server) -> None:
    answers = [(await request(server, "POST", "/close/000/s/xhr")).body for _ in range(3)]
    assert answers == [b"o\n", b'c[3000,"Go away!"]\n', b'c[3000,"Go away!"]\n']


@pytest.mark.parametrize("kind", STREAMS)
@on_server()
async def test_closed_session_ends_its_streams(server: Server, kind: str) -> None:
    first = await open_stream(server, kind, "s", base="/close")
    assert await first.chunk() == framed(kind, "o")
    assert await first.chunk() == framed(kind, 'c[3000,"Go away!"]')
    second = await open_stream(server, kind, "s", base="/close")
    assert await second.chunk() == framed(kind, 'c[3000,"Go away!"]')
    assert await first.chunk() == b""
    assert await second.chunk() == b""


@pytest.mark.parametrize("kind", STREAMS)
@on_server()
async def test_second_stream_is_turned_away_and_the_first_keeps_its_place(
    server: Server, kind: str
) -> None:
    first = await open_stream(server, kind, "s")
    assert await first.chunk() == framed(kind, "o")
    second = await open_stream(server, kind, "s")
    assert await second.chunk() == framed(kind, 'c[2010,"Another connection still open"]')
    assert await second.chunk() == b""
    await xhr_send(server, "s", "a")
    assert await first.chunk() == framed(kind, 'a["a"]')


@on_server()
async def test_second_poll_is_turned_away_and_the_first_keeps_its_place(server: Server) -> None:
    await poll(server, "s")
    first = await waiting_poll(server, "s")
    assert await poll(server, "s") == b'c[2010,"Another connection still open"]\n'
    await xhr_send(server, "s", "a")
    assert await first.answer() == b'a["a"]\n'


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("end", ["close", "reset"])
@on_server()
async def test_aborted_stream_closes_the_session(server: Server, kind: str, end: str) -> None:
    first = await open_stream(server, kind, "s")
    assert await first.chunk() == framed(kind, "o")
    getattr(first, end)()
    await until(lambda: server.services[0].closes == 1)
    second = await open_stream(server, kind, "s")
    assert await second.chunk() == framed(kind, 'c[1002,"Connection interrupted"]')
    assert (server.services[0].closes, server.closes[0][1]) == (1, 1002)


@pytest.mark.parametrize("end", ["close", "reset"])
@on_server()
async def test_aborted_poll_closes_the_session(server: Server, end: str) -> None:
    await poll(server, "s")
    first = await waiting_poll(server, "s")
    getattr(first, end)()
    await until(lambda: server.services[0].closes == 1)
    assert await poll(server, "s") == b'c[1002,"Connection interrupted"]\n'


# ── characters ──────────────────────────────────────────────────────────────────────────────────


@on_server()
async def test_server_escapes_what_browsers_mangle(server: Server) -> None:
    escaped = re.compile("[\u200c-\u200f\u2028-\u202f\u2060-\u206f\ufff0-\uffff]")
    text = "".join(chr(i) for i in range(255, 65536) if escaped.match(chr(i)))
    await poll(server, "s")
    await xhr_send(server, "s", text)
    assert (await poll(server, "s")).decode() == f"a{json.dumps([text], separators=(',', ':'))}\n"


@on_server()
async def test_every_character_survives_the_way_there_and_back(server: Server) -> None:
    text = "".join(chr(i) for i in range(65536) if not 0xD800 <= i <= 0xDFFF)
    for start in range(0, len(text), 8192):
        piece = text[start : start + 8192]
        peer = await websocket(server, f"/echo/0/{start}/websocket")
        peer.text(json.dumps([piece]))
        assert json.loads((await peer.message())[1:]) == [piece]
