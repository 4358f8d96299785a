"""Slash commands against a whole server: what they do holds after a SIGKILL, and ends in time."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.access import invite, verb
from tests.e2e.crowd import figure
from tests.kit.chat import ChatClient, Refused
from tests.kit.server import ServerProcess
from tests.kit.transport import Transport
from tests.kit.transports import ALL, RawWebSocket, SockJSWebSocket, XhrPolling
from tests.kit.waiting import scenario

ROOM = "lobby"
WITHIN = 1.0
"""Seconds from the order until the last tab of a person has heard of it."""


async def slash(client: ChatClient, text: str) -> str:
    """Type a command that is carried out; return the reply."""
    reply: dict[str, Any] = await client.request("command", room=ROOM, text=text)
    assert reply.get("ok", True), reply
    return str(reply["text"])


async def moderator(server: ServerProcess, token: str, guest: str | None = None) -> ChatClient:
    client = ChatClient(RawWebSocket())
    await client.open(server.at)
    await client.hello("Mo", guest)
    await client.join(ROOM, token=token)
    return client


async def again(
    server: ServerProcess, who: ChatClient, name: str, kind: type[Transport] = SockJSWebSocket
) -> ChatClient:
    """Connect as the same guest, by another name."""
    client = ChatClient(kind())
    await client.open(server.at)
    await client.hello(name, who.welcome["guest_token"])
    return client


@scenario(60)
async def test_bans_mutes_and_locks_survive_a_kill(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path) as server:
        token = (await invite(server, ROOM, role="moderate"))["token"]
        mo = await moderator(server, token)
        ann = await ChatClient.enter(XhrPolling(), server.at, ROOM, name="Ann")
        ben = await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Ben")
        assert (
            await slash(mo, "/ban Ann spam") == "Ann is banned from this room until it is lifted."
        )
        await slash(mo, "/mute Ben 1h caps")
        await slash(mo, "/slow 20s")
        await slash(mo, "/me tidies up")
        assert (await ann.event("left"))["code"] == "banned"
        assert (await ben.event("room", can=["read"]))["muted"]["reason"] == "caps"
        await server.restart()
        back = await again(server, ann, "Somebody Else")
        with pytest.raises(Refused, match="you are banned from this room: spam"):
            await back.join(ROOM)
        muted = await again(server, ben, "Nobody")
        joined = await muted.join(ROOM)
        assert (joined["can"], joined["slow"]) == (["read"], 20)
        assert joined["muted"]["reason"] == "caps"
        assert joined["entries"][-1]["kind"] == "action"
        mo = await moderator(server, token, mo.welcome["guest_token"])
        await slash(mo, "/ban Ann off")
        await slash(mo, "/mute Ben off")
        await muted.event("room", can=["read", "write"])
        await back.join(ROOM)
        rows = await verb(server, "audit")
        assert [row["verb"] for row in rows][:2] == ["remove_ban", "remove_ban"]
        assert rows[0]["actor"] == f"Mo ({mo.person['id']})"


@scenario(60)
async def test_mute_ends_by_itself(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path) as server:
        mo = await moderator(server, (await invite(server, ROOM, role="moderate"))["token"])
        ann = await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Ann")
        await slash(mo, "/mute Ann 1s")
        await ann.event("room", can=["read"])
        await ann.event("room", can=["read", "write"])
        await ann.send(ROOM, "thank you")


class Tabs:
    """All connections of one person. `took`: seconds until the last of them had heard, by order."""

    def __init__(self, server: ServerProcess, tabs: list[ChatClient]) -> None:
        self._server = server
        self._tabs = tabs
        self.person: str = tabs[0].person["id"]
        self.took: dict[str, float] = {}

    async def hear(
        self, what: str, order: str, args: dict[str, Any], type_: str, **fields: Any
    ) -> Any:
        """Give an order; wait until every tab has heard of it; return the answer of the order."""
        before, began = [len(tab.events) for tab in self._tabs], time.monotonic()
        answer = asyncio.create_task(verb(self._server, order, **args))
        heard = zip(self._tabs, before, strict=True)
        await asyncio.gather(*(tab.event(type_, after=n, **fields) for tab, n in heard))
        self.took[what] = time.monotonic() - began
        return await answer

    async def join(self) -> None:
        await asyncio.gather(*(tab.join(ROOM) for tab in self._tabs))

    async def are_refused(self) -> None:
        for tab in self._tabs:
            with pytest.raises(Refused, match="forbidden"):
                await tab.send(ROOM, "still here")


@scenario(60)
async def test_every_tab_on_every_transport_hears_of_it_in_time(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path) as server, AsyncExitStack() as stack:
        first = await ChatClient.enter(RawWebSocket(), server.at, ROOM, name="Ann")
        others = [await again(server, first, "Ann", kind) for kind in (*ALL, *ALL)]
        tabs = Tabs(server, others)
        for client in (first, *others):
            stack.push_async_callback(client.close)
        await tabs.join()
        about = {"person": tabs.person, "room": ROOM}
        await tabs.hear("kick", "kick", about, "left", code="kicked")
        await tabs.are_refused()
        await tabs.join()
        mute = await tabs.hear("mute", "mute", about, "room", can=["read"])
        await tabs.are_refused()
        lift = {"id": mute["id"]}
        await tabs.hear("its end", "remove_ban", lift, "room", can=["read", "write"])
        ban = await tabs.hear("ban", "add_ban", about, "left", code="banned")
        await tabs.are_refused()
        await verb(server, "remove_ban", id=ban["id"])
        await tabs.join()
        whole = {"person": tabs.person}
        await tabs.hear("ban from the server", "add_ban", whole, "bye", code=4505)
        for client in others:
            await client.wait_closed()
        took = ", ".join(f"{what} {1000 * took:.0f} ms" for what, took in tabs.took.items())
        figure(f"{len(others)} tabs on {len(ALL)} transports, until the last has heard: {took}")
        assert max(tabs.took.values()) < WITHIN
