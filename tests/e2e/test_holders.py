"""A thousand people hold a room; one command takes it from all of them, and from no one else."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.crowd import NO_LIMITS, figure
from tests.kit.chat import ChatClient, Event
from tests.kit.server import ServerProcess
from tests.kit.transport import Transport
from tests.kit.transports import ALL, RawWebSocket
from tests.kit.waiting import scenario, until
from tornchat.control import client as control

HOLDERS = 1000
AT_ONCE = 50
GONE_SECONDS = 1.0
ROOMS = {
    "room lobby": {"title": "Lobby"},
    "room open": {"title": "Open"},
    "room club": {"title": "Club", "access": "private"},
    "room den": {"title": "Den", "access": "private"},
}


class Holder:
    """Somebody who is in rooms, and when each was taken away."""

    def __init__(self, kind: type[Transport]) -> None:
        self.client = ChatClient(kind(), on_event=self._hear, remember=False)
        self.client.patience = 30.0
        self.left: dict[str, tuple[str, float]] = {}
        self.lines = 0

    async def enter(self, server: ServerProcess, invites: Mapping[str, str]) -> None:
        await self.client.open(server.at)
        await self.client.hello()
        for room in ("open", "club", "den"):
            await self.client.join(room, token=invites.get(room))

    def _hear(self, event: Event) -> None:
        if event["type"] == "left":
            self.left[event["room"]] = (event["code"], time.monotonic())
        self.lines += event["type"] == "message"


async def ask(server: ServerProcess, verb: str, **args: Any) -> Any:
    return await asyncio.to_thread(control.ask, server.data / "control.sock", verb, args)


@pytest.mark.slow
@scenario(180)
async def test_a_thousand_holders_lose_a_room_within_a_second(tmp_path: Path) -> None:
    config = {**NO_LIMITS, **ROOMS, "rooms": {"presence_grace": "0s"}}
    async with ServerProcess(tmp_path, config) as server:
        invites = {
            room: await ask(server, "create_token", kind="invite", room=room, role="write")
            for room in ("club", "den")
        }
        kept = await ask(server, "create_token", kind="invite", room="club", role="write")
        texts = {room: invite["token"] for room, invite in invites.items()}
        holders = [Holder(ALL[number % len(ALL)]) for number in range(HOLDERS)]
        for start in range(0, HOLDERS, AT_ONCE):
            some = holders[start : start + AT_ONCE]
            await asyncio.gather(*(holder.enter(server, texts) for holder in some))
        member = await ChatClient.enter(RawWebSocket(), server.at, "lobby", name="Member")
        await member.join("club", token=kept["token"])

        changes = (
            ("open", "forbidden", "set_room", {"name": "open", "access": "private"}),
            ("club", "revoked", "revoke_token", {"id": invites["club"]["id"]}),
            ("den", "rotated", "rotate_room", {"name": "den"}),
        )
        for room, code, verb, args in changes:
            began = time.monotonic()
            await ask(server, verb, **args)
            told = time.monotonic() - began
            await until(lambda r=room: all(r in h.left for h in holders), room, patience=20)
            slowest = max(holder.left[room][1] for holder in holders) - began
            figure(
                f"{verb}: {HOLDERS} holders over {len(ALL)} transports out of the room after "
                f"{slowest:.2f} s (the command itself answered after {told:.2f} s)"
            )
            assert {holder.left[room][0] for holder in holders} == {code}
            assert slowest <= GONE_SECONDS
            with pytest.raises(Exception, match="not_found"):
                await holders[0].client.join(room)
        await member.send("club", "still here")
        assert (await member.event("message", room="club"))["text"] == "still here"
        assert all(holder.lines == 0 for holder in holders), "a line of a room that was taken away"
        assert not member.seen("left")
        await asyncio.gather(*(holder.client.close() for holder in holders))
        await member.close()
