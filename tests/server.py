"""A tornchat server as a process of its own, and a plain WebSocket client to talk to it."""

import asyncio
import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tornado.websocket import websocket_connect

TORNCHAT = (sys.executable, "-m", "tornchat")
ROOT = Path(__file__).parent.parent
START_SECONDS = 20.0


def environment(**more: str) -> dict[str, str]:
    """Return an environment that finds this work tree from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


class ServerProcess:
    """A server started in `folder` that is ready when `with` is entered, and gone when it is left.

    with ServerProcess(tmp_path) as server:
        server.address      # http://127.0.0.1:43210/
        server.stop()       # SIGTERM; returns the exit code
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        command: Sequence[str] = TORNCHAT,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._log = folder / "server.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--listen", "127.0.0.1:0", *arguments],
                cwd=folder,
                env=environment() if env is None else env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self.address = ""

    def __enter__(self) -> Self:
        try:
            self.address = self._ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # The single-file executable is two processes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    @property
    def log(self) -> str:
        """What the server wrote to standard error."""
        return self._log.read_text()

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=START_SECONDS)

    def _ready(self) -> str:
        """Read standard output up to the line that says the address."""
        assert self.process.stdout
        pipe = self.process.stdout.fileno()
        until, said = time.monotonic() + START_SECONDS, b""
        while not (found := re.search(rb"ready at (\S+)\n", said)):
            if not select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                raise TimeoutError(f"not ready after {START_SECONDS} s: {self.log}")
            data = os.read(pipe, 65536)
            if not data:
                raise ChildProcessError(f"exit code {self.process.wait()}: {self.log}")
            said += data
        return found[1].decode()


def talk(address: str, room: str, text: str) -> list[dict[str, Any]]:
    """Join a room by raw WebSocket, send one message, and return all events up to its ack."""
    return asyncio.run(asyncio.wait_for(_talk(address, room, text), 10))


async def _talk(address: str, room: str, text: str) -> list[dict[str, Any]]:
    connection = await websocket_connect(address.replace("http", "ws", 1) + "sockjs/websocket")
    for command in (
        {"type": "hello", "protocol": 1, "name": "Ann"},
        {"type": "join", "room": room},
        {"type": "send", "room": room, "text": text, "client_id": "1"},
    ):
        await connection.write_message(json.dumps(command))
    events: list[dict[str, Any]] = []
    while not any(event["type"] == "ack" for event in events):
        frame = await connection.read_message()
        assert frame is not None, f"closed: {connection.close_code} after {events}"
        found = json.loads(frame)
        events += found if isinstance(found, list) else [found]
    connection.close()
    while await connection.read_message() is not None:
        pass
    return events
