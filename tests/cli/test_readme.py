"""The three commands of the README, as they stand there, beside people who chat."""

import asyncio
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.place import process
from tests.kit.chat import ChatClient, Refused
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket
from tests.kit.waiting import scenario

README = Path(__file__).parent.parent.parent / "README.md"


def commands():
    found = re.findall(r"^\$ tornchat (.+)$", README.read_text(), re.MULTILINE)
    assert len(found) == 3
    return [shlex.split(line) for line in found]


@scenario(60)
async def test_private_room_takes_three_commands(tmp_path):
    async def said(arguments):
        result = await asyncio.to_thread(process, tmp_path, *arguments, "--data-dir", "data")
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout

    create, invite, revoke = commands()
    async with ServerProcess(tmp_path) as server:
        await said(create)
        token = re.search(r"#invite=(tc_\S+)", await said(invite))[1]
        async with ChatClient(RawWebSocket()) as ann, ChatClient(RawWebSocket()) as eve:
            for client in (ann, eve):
                await client.open(server.at)
                await client.hello()
            with pytest.raises(Refused, match="not_found"):
                await eve.join("den")
            await ann.join("den", token=token)
            await ann.send("den", "just us")
            await said(revoke)
            assert (await ann.event("left", room="den"))["code"] == "revoked"
            with pytest.raises(Refused, match="not_found"):
                await ann.join("den")
