"""SIGHUP: a running server takes over its configuration, and nobody in it notices."""

import asyncio
import json
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import jwt
import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.kit.certificate import certify
from tests.kit.waiting import scenario, until
from tests.server import TORNCHAT, ServerProcess, environment

TLS = "tls_cert = cert.pem\ntls_key = key.pem\n"
LOBBY = "[room lobby]\n"
FREE = "messages_per_second = 0\nmessages_per_person = 0\nmessages_per_ip = 0\n"


def certified(folder: Path) -> str:
    """Put a new certificate into a folder and return it."""
    cert, _ = certify(folder)
    return cert.read_text().strip()


class Server:
    """A server of one folder, whose configuration is written anew and read again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(LOBBY)

    def write(self, text: str) -> None:
        (self.folder / "tornchat.conf").write_text(text)

    def __enter__(self) -> Self:
        self.process = ServerProcess(self.folder, "--config", "tornchat.conf").__enter__()
        self.port = urlsplit(self.process.address).port or 0
        return self

    def __exit__(self, *_: object) -> None:
        self.process.__exit__()

    @property
    def log(self) -> str:
        return self.process.log

    async def reload(self) -> str:
        """Send SIGHUP and return the lines that the server says to it."""
        before = len(self.log)
        self.process.process.send_signal(signal.SIGHUP)
        await until(lambda: self._answer(before), "an answer to SIGHUP")
        return self._answer(before)

    def _answer(self, before: int) -> str:
        lines = [line for line in self.log[before:].splitlines() if "reloading:" in line]
        return "\n".join(lines)

    async def command(self, *arguments: str) -> dict[str, Any]:
        """Run a command beside the server and return what it says as JSON."""
        done = await asyncio.create_subprocess_exec(
            *TORNCHAT, *arguments, "--json",
            cwd=self.folder, env=environment(), stdout=subprocess.PIPE,
        )  # fmt: skip
        return dict(json.loads((await done.communicate())[0]))

    async def certificate(self) -> str:
        """Return what a new connection is shown."""
        address = ("127.0.0.1", self.port)
        return (await asyncio.to_thread(ssl.get_server_certificate, address)).strip()

    async def connect(self, token: str | None = None, **headers: str) -> "Talker":
        """Return somebody who is in the lobby."""
        address = self.process.address.replace("http", "ws", 1) + "sockjs/websocket"
        request = HTTPRequest(address, headers=headers, validate_cert=False)
        talker = Talker(await websocket_connect(request))
        shown = {"name": "Ann"} if token is None else {"token": token}
        await talker.say("hello", protocol=1, **shown)
        await talker.enter("lobby")
        return talker


class Talker:
    """Somebody in a room who hears all that is said there."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection
        self._queue: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._connection.close()
        while await self._connection.read_message() is not None:
            pass

    async def enter(self, room: str) -> None:
        await self.say("join", room=room)
        while (await self.hear("joined"))["room"] != room:
            pass

    async def say(self, type: str, **more: object) -> None:
        await self._connection.write_message(json.dumps({"type": type, **more}))

    async def hear(self, *types: str) -> dict[str, Any]:
        """Return the next event of these types."""
        while True:
            while self._queue:
                event = self._queue.pop(0)
                if event["type"] in types:
                    return event
            frame = await self._connection.read_message()
            assert frame is not None, f"closed: {self._connection.close_code}"
            found = json.loads(frame)
            self._queue += found if isinstance(found, list) else [found]

    async def write(self, text: str, room: str = "lobby") -> None:
        await self.say("send", room=room, text=text, client_id=text)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as found:
        yield found


@scenario()
async def test_new_certificate_is_shown_and_the_conversation_goes_on(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.write(f"[server]\n{TLS}[limits]\n{FREE}{LOBBY}")
    first = certified(tmp_path)
    with server:
        assert await server.certificate() == first
        async with await server.connect() as talker:
            for number in range(100):
                await talker.write(str(number))
            second = certified(tmp_path)
            assert "configuration read again" in await server.reload()
            for number in range(100, 200):
                await talker.write(str(number))
            assert await server.certificate() == second != first
            heard = [(await talker.hear("message"))["text"] for _ in range(200)]
            assert heard == [str(number) for number in range(200)]


@scenario()
async def test_certificate_without_its_key_changes_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.write(f"[server]\n{TLS}[limits]\nburst = 3\n{LOBBY}")
    first = certified(tmp_path)
    with server:
        key = (tmp_path / "key.pem").read_bytes()
        certified(tmp_path)
        (tmp_path / "key.pem").write_bytes(key)
        answer = await server.reload()
        assert "ERROR" in answer
        assert "expected a PEM certificate and its key" in answer
        assert len(answer.splitlines()) == 1
        assert await server.certificate() == first


@scenario()
async def test_mistake_in_the_file_is_one_line_and_the_server_goes_on(server: Server) -> None:
    async with await server.connect() as talker:
        server.write("[limits]\nbusrt = 3\n")
        answer = await server.reload()
        assert len(answer.splitlines()) == 1
        assert "tornchat.conf:2: [limits] busrt: unknown key, nearest: burst" in answer
        await talker.write("still here")
        assert (await talker.hear("message"))["text"] == "still here"


@scenario()
async def test_room_that_the_file_gains_is_there(server: Server) -> None:
    async with await server.connect() as talker:
        server.write(f"{LOBBY}[room den]\ntitle = The den\n")
        assert "[room den]" in await server.reload()
        await talker.enter("den")
        await talker.write("hello", "den")
        assert (await talker.hear("message"))["room"] == "den"


@scenario()
async def test_limits_hold_for_who_comes_and_for_who_writes_next(server: Server) -> None:
    server.write(f"[limits]\nmessages_per_second = 0.001\nburst = 2\n{LOBBY}")
    assert "[limits] messages_per_second, [limits] burst" in await server.reload()
    async with await server.connect() as talker:
        for text in "abc":
            await talker.write(text)
        heard = [(await talker.hear("ack", "error"))["type"] for _ in "abc"]
        assert sorted(heard) == ["ack", "ack", "error"]


@scenario()
async def test_limits_that_stay_the_same_forget_nothing(server: Server) -> None:
    limits = f"[limits]\nmessages_per_second = 0.001\nburst = 2\n{LOBBY}"
    server.write(limits)
    await server.reload()
    async with await server.connect() as talker:
        for text in "ab":
            await talker.write(text)
            await talker.hear("ack")
        server.write(f"[server]\norigins = https://new.example\n{limits}")
        await server.reload()
        await talker.write("c")
        assert (await talker.hear("ack", "error"))["type"] == "error"


@scenario()
async def test_room_by_the_rules_that_hold_now_is_made_by_an_operator(server: Server) -> None:
    server.write(f"[rooms]\ndefault_access = private\n{LOBBY}")
    await server.reload()
    assert (await server.command("room", "create", "den"))["access"] == "private"


@scenario()
async def test_origin_that_was_added_may_connect(server: Server) -> None:
    with pytest.raises(Exception, match="403"):
        await server.connect(Origin="https://new.example")
    server.write(f"[server]\norigins = https://new.example\n{LOBBY}")
    await server.reload()
    async with await server.connect(Origin="https://new.example"):
        pass


@scenario()
async def test_site_that_was_added_signs_who_its_visitors_are(server: Server) -> None:
    key = b"0123456789abcdef0123456789abcdef"
    (server.folder / "one.key").write_bytes(key)
    server.write(f"[site shop]\nkey_file = one.key\n{LOBBY}")
    assert "[site shop]" in await server.reload()
    now = int(time.time())
    claims = {"iss": "shop", "aud": "tornchat", "sub": "7", "name": "Bea", "iat": now,
              "exp": now + 60}  # fmt: skip
    token = jwt.encode(claims, key, algorithm="HS256", headers={"kid": "one"})
    async with await server.connect(token=token) as talker:
        await talker.write("hello")
        assert (await talker.hear("message"))["from"]["kind"] == "member"


@scenario()
async def test_what_needs_a_restart_is_named(server: Server) -> None:
    server.write(f"[server]\nbase_url = https://chat.example\n{LOBBY}")
    answer = await server.reload()
    assert "only a restart will change [server] base_url" in answer


@scenario()
async def test_log_changes_its_form_and_level(server: Server) -> None:
    server.write(f"[server]\nlog_format = json\nlog_level = debug\n{LOBBY}")
    before = len(server.log)
    server.process.process.send_signal(signal.SIGHUP)
    await until(lambda: '"logger": "tornchat.reloading"' in server.log[before:])
