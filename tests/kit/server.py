"""A real tornchat in a process of its own, to be killed, stopped, traced and measured."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from tests.kit.certificate import certify
from tests.kit.process import Process
from tests.kit.transport import Address
from tests.server import environment

TORNCHAT = (sys.executable, "-m", "tornchat")
START_PATIENCE = 30.0
STOP_PATIENCE = 15.0
STEP = 0.01
HOST = "127.0.0.1"
PORTS = (20_000, 32_000)
ROOMS: Mapping[str, Mapping[str, object]] = {"room lobby": {"title": "Lobby"}}
LIMITS: Mapping[str, object] = {
    "messages_per_person": 0,
    "messages_per_ip": 0,
    "commands_per_second": 0,
    "joins_per_ip": 0,
    "connects_per_ip": 0,
    "connections_per_ip": 0,
    "connections_per_person": 0,
}
"""All clients of a test come from one address."""

_trusting = ssl.create_default_context()
_trusting.check_hostname, _trusting.verify_mode = False, ssl.CERT_NONE
_opener = build_opener(ProxyHandler({}), HTTPSHandler(context=_trusting))
Config = Mapping[str, Mapping[str, object]]


def free_port() -> int:
    """Return a port of loopback that is free at this moment.

    It is none of those that the kernel gives to outgoing connections, or a client that tries to
    reach a dead server might get connected to itself.
    """
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((HOST, port))
            return port


def config_text(config: Config) -> str:
    """Return sections and keys as an INI text; True and False as yes and no."""
    words = {True: "yes", False: "no"}
    lines = []
    for section, keys in config.items():
        lines.append(f"[{section}]")
        lines += [f"{k} = {words[v] if isinstance(v, bool) else v}" for k, v in keys.items()]
    return "\n".join([*lines, ""])


class ServerProcess:
    """A server in `folder`, on one port for its whole life, however often it is restarted.

    async with ServerProcess(tmp_path, {"limits": {"messages_per_second": 0}}) as server:
        ann = await ChatClient.enter(XhrPolling(), server.at, "lobby", name="Ann")
        server.kill9()
        await server.restart()

    `with` does the same for fixtures that are not async. The data is in `folder / "data"`, the log
    of all its lives in `log`. A room `lobby` is there unless the config names rooms, and what one
    address or person may do has no limit unless the config sets one. `prefix`: a
    command to run it under, such as ("strace", "-f", "-o", "trace"). `https`: it serves nothing
    else then, by a certificate of its own (`tls`, with its key). `program`: run in place of
    tornchat. On leaving, the whole process group is ended.
    """

    def __init__(
        self,
        folder: Path,
        config: Config | None = None,
        *,
        prefix: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        https: bool = False,
        program: Sequence[str] = TORNCHAT,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.at = Address(HOST, self.port)
        self.url = f"{'https' if https else 'http'}://{HOST}:{self.port}/"
        self.tls = certify(folder) if https else None
        self.data = folder / "data"
        self.config_file = folder / "tornchat.conf"
        self.prefix = tuple(prefix)
        self.program = tuple(program)
        self.start_seconds = 0.0
        self._log = folder / "server.log"
        self._env = environment(**(env or {}))
        self._popen: subprocess.Popen[bytes] | None = None
        self.configure(config or {})

    def configure(self, config: Config) -> None:
        """Write the config file anew; it counts from the next start on."""
        whole = {section: dict(keys) for section, keys in config.items()}
        if not any(section.startswith("room ") for section in whole):
            whole |= {section: dict(keys) for section, keys in ROOMS.items()}
        server: dict[str, object] = {"listen": f"{HOST}:{self.port}", "data_dir": "data"}
        if self.tls:
            cert, key = self.tls
            server |= {"tls_cert": cert, "tls_key": key, "base_url": self.url}
        whole["server"] = server | whole.get("server", {})
        whole["limits"] = {**LIMITS, **whole.get("limits", {})}
        self.config_file.write_text(config_text(whole))

    # ── life ────────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.end)

    def start(self) -> None:
        """Start and wait for /health; raises ChildProcessError with the log when it exits.

        `start_seconds` says how long it took.
        """
        self.launch()
        began = time.monotonic()
        try:
            while not self.healthy():
                self._still_starting(began)
                time.sleep(STEP)
        except BaseException:
            self.end()
            raise
        self.start_seconds = time.monotonic() - began

    def launch(self) -> None:
        """Start and wait for nothing, for servers that are not meant to come up."""
        assert self._popen is None, "it is running already"
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                [*self.prefix, *self.program, "--config", str(self.config_file)],
                cwd=self.folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill9(self) -> None:
        """Send SIGKILL and wait until it is gone."""
        self.process.signal(signal.SIGKILL)
        self._reap()

    async def term(self) -> int:
        """Send SIGTERM and return the exit code. Raises TimeoutError when it does not end."""
        self.process.signal(signal.SIGTERM)
        return await self.wait()

    async def wait(self, patience: float = STOP_PATIENCE) -> int:
        """Wait until it has ended by itself and return the exit code. Raises TimeoutError."""
        return await asyncio.to_thread(self._reap, patience)

    async def restart(self) -> None:
        """Start again on the same port and folder; SIGKILL first if it still runs."""
        if self.running:
            self.kill9()
        await asyncio.to_thread(self.start)

    @contextlib.asynccontextmanager
    async def stopped(self) -> Any:
        """Hold the server by SIGSTOP within `async with`, and let it go on after it."""
        process = self.process
        process.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.signal(signal.SIGCONT)

    async def stop_cont(self, seconds: float) -> None:
        """Hold the server by SIGSTOP for so long."""
        async with self.stopped():
            await asyncio.sleep(seconds)

    def end(self) -> None:
        """End the process group, whatever state it is in."""
        if self._popen is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._reap()

    def _reap(self, patience: float = STOP_PATIENCE) -> int:
        assert self._popen is not None, "it has not been started"
        try:
            code = self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"still running after {patience} s:\n{self.log}") from None
        self._popen = None
        return code

    def _still_starting(self, began: float) -> None:
        assert self._popen is not None
        if self._popen.poll() is not None:
            raise ChildProcessError(f"exit code {self._popen.returncode}:\n{self.log}")
        if time.monotonic() - began > START_PATIENCE:
            raise TimeoutError(f"not healthy after {START_PATIENCE} s:\n{self.log}")

    # ── what can be asked ───────────────────────────────────────────────────────────────────────

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def process(self) -> Process:
        """The process of the server itself, under a prefix command too."""
        assert self._popen is not None, "it is not running"
        outer = Process(self._popen.pid)
        return outer.descendant("tornchat") if self.prefix else outer

    @property
    def log(self) -> str:
        """What it wrote to standard output and error, in all its lives."""
        return self._log.read_text(errors="replace")

    def rss_kb(self) -> int:
        return self.process.rss_kb()

    def fd_count(self) -> int:
        return self.process.fd_count()

    def threads(self) -> int:
        return self.process.threads()

    def healthy(self) -> bool:
        """Whether /health answers 200."""
        try:
            with _opener.open(f"{self.url}health", timeout=2) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    async def metrics(self) -> dict[str, float]:
        """Return /metrics as {'tornchat_closes_total{code="4001"}': 1.0, …}."""
        text = await asyncio.to_thread(self._get, "metrics")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def _get(self, path: str) -> str:
        with _opener.open(self.url + path, timeout=5) as response:
            return str(response.read().decode())
