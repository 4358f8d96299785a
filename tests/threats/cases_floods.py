"""THREATS 5 D 65: commands that are right, and far too many."""

import asyncio
import contextlib
from functools import partial

from tests.kit.transports import RawWebSocket, SockJSWebSocket
from tests.kit.wire import Closed
from tests.threats.cases_refused import command, message, stays_silent
from tests.threats.scene import HALL, LOBBY, Case, Scene

FLOOD = 1000
TYPING_PER_SECOND = 2


async def join_and_leave_flood(scene: Scene) -> None:
    """Refused beyond the rate, then ended; the room hears of one coming and going at most."""
    peer = await scene.enter(RawWebSocket())
    texts = [command("join", room=HALL), command("leave", room=HALL)] * FLOOD
    with contextlib.suppress(Closed):
        await peer.transport.send(texts)
    closed = await peer.wait_closed()
    assert closed.code in {4004, 1006}
    codes = {event["code"] for event in peer.seen("error")}
    assert codes == {"rate_limited", "forbidden"}
    assert len(peer.seen("joined", room=HALL)) <= 40
    assert peer.seen("bye")[0]["code"] == 4004


async def typing_flood(pattern: list[bool], scene: Scene) -> None:
    """The room hears of it once a second or so; nothing is stored; the peer stays."""
    peer = await scene.enter(RawWebSocket())
    loop = asyncio.get_running_loop()
    began, begin = loop.time(), len(scene.witness.events)
    texts = [command("typing", room=LOBBY, on=on) for on in pattern]
    await peer.transport.send(texts * (FLOOD // len(pattern)))
    await stays_silent(peer, scene)
    heard = scene.witness.events[begin:]
    relayed = [event for event in heard if event["type"] == "typing"]
    assert 1 <= len(relayed) <= TYPING_PER_SECOND * (loop.time() - began + 1)


async def message_flood(kind: type[RawWebSocket], scene: Scene) -> None:
    """The burst is stored, the rest refused with the time to wait, then the connection ends."""
    peer = await scene.enter(kind())
    texts = [message(client_id=str(number)) for number in range(200)]
    with contextlib.suppress(Closed):
        for text in texts:
            await peer.transport.send([text])
    await peer.wait_closed()
    assert peer.seen("bye")[0]["code"] == 4004
    errors = peer.seen("error")
    assert {error["code"] for error in errors} == {"rate_limited"}
    assert all(error["retryable"] and error["retry_after"] > 0 for error in errors)
    acks = peer.seen("ack")
    assert 10 <= len(acks) <= 20
    await scene.witness.event("message", seq=acks[-1]["seq"])
    assert len(scene.company.from_person(peer.person)) == len(acks)


async def name_flood(scene: Scene) -> None:
    """The room hears of no more names than it would of messages."""
    peer = await scene.enter(RawWebSocket())
    begin = len(scene.witness.events)
    with contextlib.suppress(Closed):
        await peer.transport.send([command("name", name=f"Name {n}") for n in range(FLOOD)])
    await peer.wait_closed()
    assert peer.seen("bye")[0]["code"] == 4004
    await scene.witness.ping()
    heard = [event for event in scene.witness.events[begin:] if event["type"] == "named"]
    assert 1 <= len(heard) <= 20


QUICK = [
    Case("D65-join-and-leave-flood", join_and_leave_flood),
    Case("D65-typing-flood", partial(typing_flood, [True])),
    Case("D65-typing-on-and-off-flood", partial(typing_flood, [True, False])),
    Case("D65-message-flood-raw", partial(message_flood, RawWebSocket)),
    Case("D65-message-flood-sockjs", partial(message_flood, SockJSWebSocket)),
    Case("D65-name-flood", name_flood),
]
