"""Slash commands against a whole server: what they do holds after a SIGKILL, and ends in time."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.access import invite, verb
from tests.kit.chat import ChatClient, Refused
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket, SockJSWebSocket, XhrPolling
from tests.kit.waiting import scenario

ROOM = "lobby"


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


async def again(server: ServerProcess, who: ChatClient, name: str) -> ChatClient:
    """Connect as the same guest, by another name."""
    client = ChatClient(SockJSWebSocket())
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
