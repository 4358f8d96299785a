"""THREATS 5 C: SockJS sessions over HTTP, and what the protocol offers and we do not."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.kit.chat import ChatClient
from tests.kit.http import HttpConnection
from tests.kit.server import ServerProcess
from tests.kit.transports import EventSource, HttpTransport, XhrPolling, XhrStreaming
from tests.kit.waiting import until, until_true
from tests.threats.scene import LOBBY, OTHER, Case, Scene

OVER_HTTP: dict[str, type[HttpTransport]] = {
    kind.name: kind for kind in (XhrPolling, XhrStreaming, EventSource)
}
EXPIRY_SECONDS = 10.0
POLLING_SESSIONS = 2000
POLLERS = 8
STALL_PATIENCE = 20.0
READ_PACE = 0.1
POLLS_UP_TO_HELLO = 2
SLOW_MEMORY_KB = 32 * 1024
BAD_IDS = {
    "parent": "..%2f..%2fx",
    "of-4-KB": "x" * 4096,
    "empty": "",
    "dots": "a.b",
    "encoded-dot": "a%2eb",
    "not-UTF-8": "%ff%fe",
}
BAD_BODIES = {
    "C42-string": b'"abc"',
    "C42-number": b"5",
    "C42-null": b"null",
    "C42-object": b'{"k":1}',
    "C42-array-of-others": b"[1,null,[]]",
    "C43-broken": b"{bad",
    "C43-empty": b"",
    "C43-not-UTF-8": b'["\xff"]',
    "C44-nested-20000": b"[" * 20_000,
    "C42-51-messages": json.dumps(["{}"] * 51).encode(),
    "C42-message-of-70-KB": json.dumps(["x" * 70_000]).encode(),
    "C44-integer-of-5000-digits": b"[" + b"9" * 5_000 + b"]",
}
NOT_OFFERED = {
    "C45-jsonp": "/sockjs/0/s/jsonp?c=alert(document.domain)//",
    "C45-jsonp-markup": "/sockjs/0/s/jsonp?c=%3Cscript%3E",
    "C45-jsonp-10-KB": "/sockjs/0/s/jsonp?c=" + "c" * 10_240,
    "C46-htmlfile": "/sockjs/0/s/htmlfile?c=%3C/script%3E%3Cscript%3E",
    "C47-iframe": "/sockjs/iframe-x.html",
    "C47-iframe-plain": "/sockjs/iframe.html",
}
EVIL = "https://evil.test"


async def bad_id(session: str, scene: Scene) -> None:
    for transport in ("xhr", "xhr_streaming", "xhr_send"):
        status, found = await scene.ask("POST", f"/sockjs/0/{session}/{transport}", body=b'["a"]')
        assert status == 404, (transport, found)


async def send_to_nobody(scene: Scene) -> None:
    body = json.dumps([json.dumps({"type": "ping"})]).encode()
    assert (await scene.ask("POST", "/sockjs/0/nobody/xhr_send", body=body))[0] == 404


async def send_to_a_closed_session(kind: type[HttpTransport], scene: Scene) -> None:
    transport = kind()
    peer = await scene.connect(transport)
    await peer.hello()
    await waits_in_a_response(transport, scene)
    peer.abort()

    async def gone() -> bool:
        return (await scene.ask("POST", f"{transport.path}/xhr_send", body=b"[]"))[0] == 404

    await until_true(gone, "the session is closed")


async def second_receiver(source: str, kind: type[HttpTransport], scene: Scene) -> None:
    """The first keeps its place and its messages; the second, from wherever, is told 2010.

    The first is in no room, so that its poll waits for as long as it asks for nothing.
    """
    transport = kind()
    first = await scene.connect(transport)
    await first.hello()
    await waits_in_a_response(transport, scene)
    second = HttpConnection("127.0.0.1", scene.server.port, source=source)
    try:
        response = await second.request("POST", f"{transport.path}/xhr", body=b"")
    finally:
        await second.close()
    scene.note(response.body)
    assert response.body == b'c[2010,"Another connection still open"]\n'
    await first.ping()


async def waits_in_a_response(transport: HttpTransport, scene: Scene) -> None:
    """Wait until the peer, of whom nothing was asked meanwhile, has a response open."""
    if isinstance(transport, XhrPolling):
        await until(lambda: transport.requests > POLLS_UP_TO_HELLO)
    for _ in range(2):
        await scene.witness.ping()


async def second_identity(scene: Scene) -> None:
    """A session has one person, whatever token comes later."""
    other = await scene.enter()
    peer = await scene.enter(XhrPolling())
    was = peer.person
    await peer.post("hello", protocol=1, token=other.welcome["guest_token"])
    assert (await peer.event("error"))["code"] == "bad_request"
    ack = await peer.send(LOBBY, "who am I")
    seen = await scene.witness.event("message", seq=ack["seq"])
    assert seen["from"] == was


async def poll_that_dies(kind: type[HttpTransport], scene: Scene) -> None:
    """What is sent to a dead poll is not lost: the person comes back and gets every entry."""
    transport = kind()
    peer = ChatClient(transport)
    await peer.open(scene.server.at)
    scene.sessions += 2
    await peer.hello()
    joined = await peer.join(LOBBY)
    peer.abort()
    await scene.company.say()
    last_said = scene.company.last_seq
    seen = [event["seq"] for event in peer.events if event["type"] == "message"]
    last = max([joined["last"], *seen])
    assert seen == list(range(joined["last"] + 1, last + 1))
    await peer.close()
    again = await scene.connect(kind())
    await again.hello(token=peer.welcome["guest_token"])
    back = await again.join(LOBBY, since=last, epoch=joined["epoch"])
    assert (back["recovered"], back["more"]) == (True, False)
    missed = [entry["seq"] for entry in back["entries"]]
    assert missed == list(range(last + 1, back["last"] + 1))
    assert last < last_said <= back["last"]


async def responses_roll_over(kind: type[HttpTransport], scene: Scene) -> None:
    """More than the response limit of 128 KiB; each entry comes, in order."""
    transport = kind()
    peer = await scene.enter(transport)
    begin, requests = len(peer.events), transport.requests
    for number in range(10):
        ack = await peer.send(LOBBY, f"{number} {'𝕏' * 3990}")
    await scene.company.say()
    await peer.event("message", seq=ack["seq"])
    seqs = [event["seq"] for event in peer.events[begin:] if event["type"] == "message"]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    own = [e for e in peer.events[begin:] if e["type"] == "message" and len(e["text"]) > 3990]
    assert [event["text"][0] for event in own] == list("0123456789")
    assert transport.requests > requests


async def bad_body(body: bytes, scene: Scene) -> None:
    transport = XhrPolling()
    peer = await scene.enter(transport)
    assert await transport.send_body(body) in {400, 413, 500}
    await peer.ping()
    assert peer.closed is None
    assert not scene.company.from_person(peer.person)


async def not_offered(path: str, scene: Scene) -> None:
    for method in ("GET", "POST"):
        status, found = await scene.ask(method, path, f"Origin: {EVIL}", 'If-None-Match: "x"')
        assert status == 404
        assert b"<script" not in found
        assert b"alert" not in found
        assert b"http" not in found.partition(b"\r\n\r\n")[2]


async def foreign_post(kind: str, scene: Scene) -> None:
    """A plain form of another site can neither open a session nor send into one."""
    transport = XhrPolling()
    peer = await scene.enter(transport)
    path = f"{transport.path}/xhr_send" if kind == "xhr_send" else f"/sockjs/0/evil/{kind}"
    command = {"type": "send", "room": LOBBY, "text": "forged", "client_id": "evil"}
    status, found = await scene.ask(
        "POST", path, f"Origin: {EVIL}", "Content-Type: text/plain",
        body=json.dumps([json.dumps(command)]).encode(),
    )  # fmt: skip
    assert status == 403
    assert b"evil.test" not in found
    await peer.ping()
    assert not scene.company.from_person(peer.person)


async def foreign_preflight(scene: Scene) -> None:
    for path in ("/sockjs/info", "/sockjs/0/s/xhr", "/sockjs/0/s/xhr_send"):
        status, found = await scene.ask(
            "OPTIONS", path, f"Origin: {EVIL}", "Access-Control-Request-Headers: x\r\n y"
        )
        assert status in {400, 403}
        assert b"evil.test" not in found
        status, found = await scene.ask(
            "OPTIONS", path, f"Origin: {EVIL}", "Access-Control-Request-Headers: x-evil"
        )
        assert status == 403
        assert b"evil.test" not in found
        assert b"x-evil" not in found


async def open_sessions(server: ServerProcess, count: int) -> list[int]:
    """Open polling sessions over one connection and return how each was answered."""
    connection = HttpConnection("127.0.0.1", server.port)
    statuses = []
    try:
        for _ in range(count):
            path = f"/sockjs/0/{secrets.token_hex(8)}/xhr"
            response = await connection.request("POST", path, body=b"")
            assert response.body == (b"o\n" if response.status == 200 else b"")
            statuses.append(response.status)
    finally:
        await connection.close()
    return statuses


async def many_sessions(scene: Scene) -> None:
    """Thousands of polling sessions of one address are gone soon after it has stopped."""
    scene.sessions += POLLING_SESSIONS
    here = 'connections{transport="xhr"}'
    before = await scene.metric(here)

    opened = await asyncio.gather(
        *(open_sessions(scene.server, POLLING_SESSIONS // POLLERS) for _ in range(POLLERS))
    )
    assert opened == [[200] * (POLLING_SESSIONS // POLLERS)] * POLLERS

    async def all_gone() -> bool:
        return await scene.metric(here) <= before

    await until_true(all_gone, "no session left", patience=EXPIRY_SECONDS)


async def stream_read_byte_by_byte(kind: type[HttpTransport], scene: Scene) -> None:
    """A peer that asks for much and reads next to nothing is dropped with 4001."""
    path = f"/sockjs/0/slow-{kind.name}"
    asking = scene.request(kind.method, f"{path}/{kind.address}", "Connection: keep-alive")
    wire = await scene.wire(asking, receive_buffer=4096)
    scene.sessions += 1
    await wire.reader.readuntil(b"o\r\n" if kind is EventSource else b"\no\n")
    commands = [{"type": "hello", "protocol": 1}, *[{"type": "history", "room": OTHER}] * 12]
    body = json.dumps([json.dumps(command) for command in commands]).encode()
    memory = scene.server.rss_kb()
    assert (await scene.ask("POST", f"{path}/xhr_send", body=body))[0] == 204

    async def dropped() -> bool:
        with contextlib.suppress(EOFError, OSError):
            await wire.read(1)
        await asyncio.sleep(READ_PACE)
        return b"c[4001," in (await scene.ask("POST", f"{path}/xhr"))[1]

    await until_true(dropped, "it is dropped", patience=STALL_PATIENCE)
    assert scene.server.rss_kb() - memory < SLOW_MEMORY_KB


def over_http(id_: str, run: Callable[..., Any], *args: object) -> list[Case]:
    return [Case(f"{id_}-{n}", partial(run, *args, kind)) for n, kind in OVER_HTTP.items()]


QUICK = [
    *(Case(f"C35-id-{name}", partial(bad_id, id_)) for name, id_ in BAD_IDS.items()),
    Case("C36-send-to-nobody", send_to_nobody),
    *over_http("C36-send-to-a-closed-session", send_to_a_closed_session),
    *over_http("C37-second-receiver", second_receiver, "127.0.0.1"),
    *over_http("C38-second-receiver-from-elsewhere", second_receiver, "127.0.0.2"),
    Case("C38-second-identity", second_identity),
    *over_http("C40-dies-with-a-message-under-way", poll_that_dies),
    *over_http("C41-responses-roll-over", responses_roll_over),
    *(Case(id_, partial(bad_body, body)) for id_, body in BAD_BODIES.items()),
    *(Case(id_, partial(not_offered, path)) for id_, path in NOT_OFFERED.items()),
    *(Case(f"C49-foreign-{k}", partial(foreign_post, k)) for k in ("xhr", "xhr_send")),
    Case("C50-foreign-preflight", foreign_preflight),
]
SLOW = [
    Case("C39-thousands-of-sessions", many_sessions),
    *(
        Case(f"C41-read-byte-by-byte-{kind.name}", partial(stream_read_byte_by_byte, kind))
        for kind in (XhrStreaming, EventSource)
    ),
]
