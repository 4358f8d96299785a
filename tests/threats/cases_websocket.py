"""THREATS 5 B: WebSocket, on both of its endpoints, by peers that are in the room."""

import asyncio
import contextlib
import time
from functools import partial

import pytest

from tests.kit.transports import RawWebSocket, SockJSWebSocket
from tests.kit.waiting import until_true
from tests.kit.wire import Closed, OpenFailed
from tests.kit.ws_raw import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    close_payload,
    encode_frame,
)
from tests.threats.scene import LOBBY, Case, Scene, status_of

BOTH = {"raw": RawWebSocket, "sockjs": SockJSWebSocket}
HELLO_SECONDS = 10.0
MUTE_SOCKETS = 1000
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}

FRAMES = [
    ("B22-text-of-70-KB", encode_frame(TEXT, b"x" * 70_000), 1009),
    ("B22-length-2-to-62", encode_frame(TEXT, declared=2**62), 1009),
    (
        "B22-fragments-over-the-limit",
        encode_frame(TEXT, b"x" * 1024, fin=False)
        + encode_frame(CONTINUATION, b"x" * 1024, fin=False) * 64,
        1009,
    ),
    (
        "B23-endless-empty-fragments",
        encode_frame(TEXT, fin=False) + encode_frame(CONTINUATION, fin=False) * 2000,
        1002,
    ),
    ("B24-invalid-UTF-8", encode_frame(TEXT, b'["\xff\xfe"]'), 1007),
    ("B24-surrogate-in-UTF-8", encode_frame(TEXT, b'["\xed\xa0\x80"]'), 1007),
    ("B25-unmasked", encode_frame(TEXT, b'["a"]', masked=False), 1002),
    ("B26-reserved-bit", encode_frame(TEXT, b'["a"]', rsv=4), 1002),
    ("B26-opcode-3", encode_frame(3), 1002),
    ("B26-fragmented-ping", encode_frame(PING, fin=False), 1002),
    ("B26-ping-of-126", encode_frame(PING, b"x" * 126), 1002),
    ("B26-continuation-of-nothing", encode_frame(CONTINUATION, b"x"), 1002),
    ("B27-close-999", encode_frame(CLOSE, close_payload(999)), 1002),
    ("B27-close-1005", encode_frame(CLOSE, close_payload(1005)), 1002),
    ("B27-close-of-one-byte", encode_frame(CLOSE, b"\x03"), 1002),
    ("B27-reason-is-not-UTF-8", encode_frame(CLOSE, close_payload(1000, b"\xff")), 1007),
    ("B28-pings", encode_frame(PING, b"x") * 10_000, 4004),
    ("B28-empty-messages", encode_frame(TEXT) * 10_000, 4004),
    ("B29-binary", encode_frame(BINARY, b'["a"]'), 4500),
]
UPGRADES = [
    ("B31-no-key", {"Sec-WebSocket-Key": ""}, {400}),
    ("B31-key-of-junk", {"Sec-WebSocket-Key": "x"}, {400}),
    ("B31-version-8", {"Sec-WebSocket-Version": "8"}, {400, 426}),
    ("B31-version-of-junk", {"Sec-WebSocket-Version": "x"}, {400, 426}),
    ("B31-upgrade-to-h2c", {"Upgrade": "h2c"}, {400, 426}),
    ("B31-no-connection-header", {"Connection": "close"}, {400, 426}),
]
ORIGINS = {
    "null": "null",
    "other-scheme": "ftp://{host}",
    "other-port": "http://127.0.0.1:1",
    "longer-host": "http://{host}.evil.test",
    "fragment": "https://evil.test#{host}",
    "user": "http://user@{host}",
    "empty": "",
}


async def bad_frame(kind: type[RawWebSocket], data: bytes, code: int, scene: Scene) -> None:
    transport = kind()
    peer = await scene.enter(transport)
    with contextlib.suppress(OSError):
        await transport.socket.wire.write(data)
    closed = await peer.wait_closed()
    assert (closed.code, closed.said) == (code, True)
    assert not scene.company.from_person(peer.person)


async def pings_over_time(scene: Scene) -> None:
    """Pings that come no faster than they may are answered, each with its payload."""
    transport = RawWebSocket()
    peer = await scene.enter(transport)
    for number in range(40):
        await transport.socket.ping(b"%d" % number)
    await peer.ping()
    assert transport.socket.pongs == 40


async def deflate(kind: type[RawWebSocket], scene: Scene) -> None:
    offer = "permessage-deflate; client_max_window_bits"
    path = "/sockjs/websocket" if kind is RawWebSocket else "/sockjs/0/deflate/websocket"
    headers = [f"{k}: {v}" for k, v in {**HANDSHAKE, "Sec-WebSocket-Extensions": offer}.items()]
    wire = await scene.wire(scene.request("GET", path, *headers))
    scene.sessions += 1
    head = await wire.reader.readuntil(b"\r\n\r\n")
    assert status_of(head) == 101
    assert b"deflate" not in head


async def bad_upgrade(path: str, headers: dict[str, str], right: set[int], scene: Scene) -> None:
    sent = [f"{key}: {value}" for key, value in {**HANDSHAKE, **headers}.items() if value]
    # What may follow a refusal is no business of this case: end the connection from our side.
    wire = await scene.wire(scene.request("GET", path, *sent))
    head = await wire.reader.readuntil(b"\r\n\r\n")
    scene.note(head)
    assert status_of(head) in right, head


async def foreign_origin(kind: type[RawWebSocket], origin: str, scene: Scene) -> None:
    before = await scene.metric('rejections_total{reason="origin"}')
    with pytest.raises(OpenFailed) as refused:
        await scene.connect(kind(headers={"Origin": origin.format(host=scene.host)}))
    assert refused.value.status == 403
    scene.note(refused.value.body)
    assert await scene.metric('rejections_total{reason="origin"}') == before + 1


async def own_origin_and_none(kind: type[RawWebSocket], scene: Scene) -> None:
    await scene.enter(kind(headers={"Origin": f"http://{scene.host}"}))
    await scene.enter(kind())


async def data_before_the_answer(scene: Scene) -> None:
    headers = [f"{key}: {value}" for key, value in HANDSHAKE.items()]
    hello = encode_frame(TEXT, b'{"type":"hello","protocol":1,"ref":"early"}')
    wire = await scene.wire(scene.request("GET", "/sockjs/websocket", *headers) + hello)
    scene.sessions += 1
    found = b""
    while b'"welcome"' not in found:
        found += await wire.read()
    assert status_of(found) == 101
    assert b'"ref":"early"' in found


async def reset_right_after_open(kind: type[RawWebSocket], scene: Scene) -> None:
    """Some right after the handshake was asked for, some in the room; nobody stays behind."""
    gone = f'connections{{transport="{kind.name}"}}'
    before = await scene.metric(gone)
    headers = [f"{key}: {value}" for key, value in HANDSHAKE.items()]
    path = "/sockjs/websocket" if kind is RawWebSocket else "/sockjs/0/reset/websocket"
    for _ in range(20):
        scene.sessions += 1
        (await scene.wire(scene.request("GET", path, *headers))).abort()
        peer = await scene.enter(kind())
        peer.abort()

    async def nobody_left() -> bool:
        return await scene.metric(gone) == before

    await until_true(nobody_left, "no connection left")
    joined = await (await scene.connect()).hello() and await scene.witness.join(LOBBY)
    assert joined["type"] == "joined"


async def mute_sockets(scene: Scene) -> None:
    """Each hears 4006 when its ten seconds for hello are over, and no earlier."""
    before = await scene.metric('closes_total{code="4006"}')

    async def one() -> tuple[float, Closed]:
        async with scene.gate:
            peer = await scene.connect(RawWebSocket())
        began = time.monotonic()
        peer.patience = 30
        closed = await peer.wait_closed()
        return time.monotonic() - began, closed

    found = await asyncio.gather(*(one() for _ in range(MUTE_SOCKETS)))
    assert {closed.code for _, closed in found} == {4006}
    assert min(seconds for seconds, _ in found) >= HELLO_SECONDS - 1
    assert max(seconds for seconds, _ in found) <= HELLO_SECONDS + 5
    assert await scene.metric('closes_total{code="4006"}') == before + MUTE_SOCKETS


def on_both(id_: str, run: object, *args: object) -> list[Case]:
    return [
        Case(f"{id_}-{name}", partial(run, kind, *args))  # type: ignore[operator]
        for name, kind in BOTH.items()
    ]


QUICK = [
    *(case for id_, data, code in FRAMES for case in on_both(id_, bad_frame, data, code)),
    Case("B28-pings-over-time", pings_over_time),
    *on_both("B30-deflate-offered", deflate),
    *(
        Case(f"{id_}-{name}", partial(bad_upgrade, path, headers, right))
        for id_, headers, right in UPGRADES
        for name, path in (("raw", "/sockjs/websocket"), ("sockjs", "/sockjs/0/s/websocket"))
    ),
    Case("B31-page", partial(bad_upgrade, "/", {}, {200, 400, 426})),
    Case("B31-page-to-h2c", partial(bad_upgrade, "/", {"Upgrade": "h2c"}, {200, 400, 426})),
    Case("B31-room", partial(bad_upgrade, "/r/lobby", {}, {200, 400, 426})),
    Case("B31-greeting", partial(bad_upgrade, "/sockjs", {}, {200, 400, 426})),
    *(
        case
        for name, origin in ORIGINS.items()
        for case in on_both(f"B32-origin-{name}", foreign_origin, origin)
    ),
    *on_both("B32-own-origin-and-none", own_origin_and_none),
    Case("B33-data-before-the-answer", data_before_the_answer),
    *on_both("B33-reset-right-after-open", reset_right_after_open),
]
SLOW = [Case("B34-sockets-that-never-say-hello", mute_sockets)]
