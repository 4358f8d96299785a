"""THREATS 5 H: more than one person would ever do, and as much as many people do together."""

import asyncio
import contextlib
from functools import partial

from tests.kit.chat import ChatClient, Event, Refused
from tests.kit.transport import Transport
from tests.kit.transports import ALL, RawWebSocket, SockJSWebSocket, XhrPolling
from tests.kit.waiting import until
from tests.kit.wire import Closed
from tests.threats.cases_refused import message
from tests.threats.scene import OTHER, WORK_LIMIT, Case, Scene

RATE = 1000
AT_ONCE = 20
BURST = 10
PER_SECOND = 5
READERS = 50
PAGE = 100
LIVE_SECONDS = 0.5


async def a_thousand_a_second(kind: type[Transport], scene: Scene) -> None:
    """As many as the rate allows are stored, the rest refused, and then that was it."""
    peer = await scene.enter(kind())
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    with contextlib.suppress(Closed):
        while peer.closed is None and sent < 5 * RATE:
            texts = [message(client_id=str(sent + number)) for number in range(AT_ONCE)]
            await peer.transport.send(texts)
            sent += AT_ONCE
            await asyncio.sleep(max(0.0, began + sent / RATE - loop.time()))
    assert (await peer.wait_closed()).code in {4004, 1006}
    seconds = loop.time() - began
    assert peer.seen("bye")[0]["code"] == 4004
    acks, errors = peer.seen("ack"), peer.seen("error")
    assert BURST <= len(acks) <= BURST + PER_SECOND * (seconds + 1)
    assert {error["code"] for error in errors} == {"rate_limited"}
    assert all(error["retry_after"] > 0 for error in errors)
    await scene.witness.event("message", seq=acks[-1]["seq"])
    assert len(scene.company.from_person(peer.person)) == len(acks)


async def pages_for_everybody(scene: Scene) -> None:
    """Each gets a page or is told to come back; who chats does not wait for them."""
    peers = [await scene.connect(ALL[n % len(ALL)]()) for n in range(READERS)]
    for peer in peers:
        await peer.hello()
        await peer.join(OTHER, limit=1)
    acked = scene.company.acked
    pages = await asyncio.gather(*(page(peer) for peer in peers))
    await until(lambda: scene.company.acked > acked, "the sender is heard")
    assert scene.company.longest_ack <= LIVE_SECONDS
    assert scene.company.longest_work <= WORK_LIMIT / 2, "many pages in one turn of the loop"
    full = [found for found in pages if found["type"] == "history"]
    for peer, found in zip(peers, pages, strict=True):
        # A response to a poll or stream has a smaller limit: it holds the newest of the page.
        whole = isinstance(peer.transport, RawWebSocket)
        if found in full:
            assert len(found["entries"]) == PAGE if whole else 1 <= len(found["entries"]) <= PAGE
            assert found["more"]
    refused = [found for found in pages if found["type"] == "error"]
    assert all(found["code"] == "overloaded" and found["retryable"] for found in refused)
    assert len(full) + len(refused) == READERS
    assert len({found["entries"][-1]["seq"] for found in full}) == 1


async def page(peer: ChatClient) -> Event:
    try:
        return await peer.history(OTHER, limit=PAGE)
    except Refused as refused:
        return refused.event


QUICK = [
    *(
        Case(f"H101-a-thousand-a-second-{kind.name}", partial(a_thousand_a_second, kind))
        for kind in (RawWebSocket, SockJSWebSocket, XhrPolling)
    ),
    Case("H104-pages-for-everybody", pages_for_everybody),
]
