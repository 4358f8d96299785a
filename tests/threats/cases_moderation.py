"""THREATS 5 D, of those who may not any more, and of what is typed behind a slash."""

import asyncio
import contextlib
import time
from functools import partial
from typing import Any

import pytest

from tests.kit.chat import ChatClient, Event, Refused
from tests.kit.transports import ALL, RawWebSocket
from tests.kit.wire import Closed
from tests.threats.cases_refused import command, stays_silent
from tests.threats.scene import LOBBY, OTHER, Case, Scene

WITHIN = 1.0
"""Seconds within which every tab of a person has to hear of it."""
ACTIONS = 300


async def tabs(scene: Scene) -> list[ChatClient]:
    """Return one person with a tab on every transport."""
    first = await scene.enter(RawWebSocket())
    found = [first]
    for kind in ALL:
        found.append(await scene.enter(kind(), token=first.welcome["guest_token"]))
    return found


async def soon(clients: list[ChatClient], type_: str, **fields: Any) -> list[Event]:
    """Return what each of them hears, in time."""
    began = time.monotonic()
    found = await asyncio.gather(*(client.event(type_, **fields) for client in clients))
    assert time.monotonic() - began < WITHIN
    return list(found)


async def after_a_kick(scene: Scene) -> None:
    clients = await tabs(scene)
    person = clients[0].person["id"]
    await scene.order("kick", room=LOBBY, person=person, reason="too loud")
    for left in await soon(clients, "left", code="kicked"):
        assert left["reason"].endswith(": too loud")
    for client in clients:
        with pytest.raises(Refused, match="forbidden"):
            await client.send(LOBBY, "from outside")
    await stays_silent(clients[0], scene)
    await clients[0].join(LOBBY)
    await clients[0].send(LOBBY, "back again")


async def after_a_ban(scene: Scene) -> None:
    clients = await tabs(scene)
    made = await scene.order("add_ban", room=LOBBY, person=clients[0].person["id"], reason="spam")
    await soon(clients, "left", code="banned")
    await clients[0].request("name", name="Somebody Else")
    for client in clients:
        with pytest.raises(Refused, match="forbidden") as refused:
            await client.join(LOBBY)
        assert refused.value.event["banned"] == {"reason": "spam"}
        with pytest.raises(Refused, match="forbidden"):
            await client.history(LOBBY)
    await clients[0].join(OTHER)
    await stays_silent(clients[0], scene)
    await scene.order("remove_ban", id=made["id"])
    await clients[0].join(LOBBY)


async def after_a_mute(scene: Scene) -> None:
    clients = await tabs(scene)
    person = clients[0].person["id"]
    made = await scene.order("mute", person=person, room=LOBBY, seconds=3600)
    for told in await soon(clients, "room", can=["read"]):
        assert told["muted"] == {"until": made["expires"]}
    for client in clients:
        with pytest.raises(Refused, match="you are muted"):
            await client.send(LOBBY, "mmh")
        assert (await client.request("command", room=LOBBY, text="/me mumbles"))["ok"] is False
    await scene.order("remove_ban", id=made["id"])
    await soon(clients, "room", can=["read", "write"])


async def ban_with_a_new_name_and_a_new_token(scene: Scene) -> None:
    """What somebody calls themselves does not matter, nor which of their tokens they show."""
    peer = await scene.enter(RawWebSocket())
    made = await scene.order("add_ban", room=LOBBY, person=peer.person["id"])
    again = await scene.connect()
    await again.hello(name="Quite Another", token=peer.welcome["guest_token"])
    with pytest.raises(Refused, match="banned from this room"):
        await again.join(LOBBY)
    await scene.order("remove_ban", id=made["id"])


async def typed(text: str, part: str, scene: Scene) -> None:
    """A command that cannot be carried out is answered to the sender, and to nobody else."""
    peer = await scene.enter(RawWebSocket())
    reply = await peer.request("command", room=LOBBY, text=text)
    assert reply["type"] == "reply"
    assert reply["ok"] is False
    assert part in reply["text"]
    assert len(reply["text"]) < 500
    await stays_silent(peer, scene)


async def flood_of_actions(scene: Scene) -> None:
    """They count as messages: a burst is stored, the rest refused, then the connection ends."""
    peer = await scene.enter(RawWebSocket())
    with contextlib.suppress(Closed):
        await peer.transport.send([command("command", room=LOBBY, text="/me waves")] * ACTIONS)
    await peer.wait_closed()
    assert peer.seen("bye")[0]["code"] == 4004
    assert {error["code"] for error in peer.seen("error")} == {"rate_limited"}
    done = len(peer.seen("reply"))
    assert 10 <= done < ACTIONS / 2
    await scene.witness.ping()
    waves = scene.witness.seen("notice", kind="action")
    assert len([each for each in waves if each["from"] == peer.person]) == done


TYPED = [
    ("D52-command-unknown", "/dance", "no command /dance"),
    ("D52-command-without-a-slash", "hello", "expected a command"),
    ("D52-command-of-60-KB", "/" + "x" * 60_000, "expected a command"),
    ("D55-command-of-moderators", "/ban Witness", "not for you"),
    ("D55-topic-of-moderators", "/topic Mine", "only moderators"),
    ("D61-clear-of-moderators", "/clear 100", "not for you"),
    ("D62-action-of-4000", "/me " + "x" * 4000, "expected a command"),
    ("D63-action-of-nothing", "/me \u200b\u2060", "nothing visible"),
    ("D63-action-of-controls", "/me a\x00b", "no control characters"),
    ("D63-action-that-turns", "/me \u202e", "nothing visible"),
    ("D64-nick-of-marks", "/nick " + "a\u0301" * 1000, "name:"),
    ("D64-nick-reserved", "/nick Administrator", "reserved"),
]
QUICK = [
    Case("D55-after-a-kick", after_a_kick),
    Case("D55-after-a-ban", after_a_ban),
    Case("D55-after-a-mute", after_a_mute),
    Case("D55-ban-with-a-new-name", ban_with_a_new_name_and_a_new_token),
    Case("D65-flood-of-actions", flood_of_actions),
    *(Case(id, partial(typed, text, part)) for id, text, part in TYPED),
]
