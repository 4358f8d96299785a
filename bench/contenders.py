"""Who is measured: how each server is started and what is said to it. Starts nothing itself."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import machine

PADDING = "x" * 56
"""The text of each message, before its marker."""

SHIPPED = """\
[server]
data_dir = data
[room bench]
title = Bench
"""
UNLIMITED = f"""\
{SHIPPED}
[limits]
messages_per_second = 0
messages_per_person = 0
messages_per_ip = 0
commands_per_second = 0
joins_per_second = 0
joins_per_ip = 0
connects_per_ip = 0
connections_per_ip = 0
connections_per_person = 0
"""


@dataclass(frozen=True, slots=True)
class Wire:
    """What the generator says to a server.

    `path` is asked for, `pre` sent after the handshake, `ready` awaited, `publish` sent to publish.
    Places: %d the connection, %n the message's number, %M its marker.
    """

    path: str
    publish: str
    ready: str = ""
    pre: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contender:
    """One server. `command` gets a folder of its own and returns None where it cannot run."""

    name: str
    title: str
    wire: Wire
    command: Callable[[Path], list[str] | None]
    needs: str = ""
    durable: bool = False


def _module(name: str) -> Callable[[Path], list[str] | None]:
    return lambda folder: [sys.executable, "-m", name]


def _native(name: str) -> Callable[[Path], list[str] | None]:
    def command(folder: Path) -> list[str] | None:
        program = machine.compiled(name)
        return [str(program)] if program else None

    return command


def _script(name: str) -> Callable[[Path], list[str] | None]:
    def command(folder: Path) -> list[str] | None:
        node = machine.node()
        return [node, str(machine.HERE / "peers" / name)] if node else None

    return command


def _tornchat(settings: str) -> Callable[[Path], list[str] | None]:
    def command(folder: Path) -> list[str] | None:
        config = folder / "tornchat.conf"
        config.write_text(settings, encoding="utf-8")
        program = [sys.executable, "-m", "tornchat", "--config", str(config)]
        return [*program, "--listen", "127.0.0.1:0"]

    return command


_BARE = Wire("/", f"{PADDING} %M")
_SOCKJS = Wire("/sockjs/000/s%d/websocket", f'["{PADDING} %M"]', ready="o")
_CHAT = Wire(
    "/sockjs/000/s%d/websocket",
    r'["{\"type\":\"send\",\"room\":\"bench\",\"client_id\":\"%n\",\"text\":\"'
    + PADDING
    + r' %M\"}"]',
    ready='"joined',
    pre=(
        r'["{\"type\":\"hello\",\"protocol\":1,\"name\":\"u%d\"}"]',
        r'["{\"type\":\"join\",\"room\":\"bench\"}"]',
    ),
)

CONTENDERS = (
    Contender("floor-c", "bare send loop, C", _BARE, _native("floor"), "a C compiler"),
    Contender("floor-python", "bare send loop, Python", _BARE, _module("bench.peers.floor")),
    Contender(
        "sockjs-tornado",
        "sockjs-tornado 1.0.7",
        _SOCKJS,
        _module("bench.peers.stock_sockjs"),
    ),
    Contender(
        "sockjs-node", "sockjs-node 0.3.24", _SOCKJS, _script("sockjs_node.mjs"), "Node and npm"
    ),
    Contender(
        "socket.io",
        "socket.io 4.8.4",
        Wire(
            "/socket.io/?EIO=4&transport=websocket",
            f'42["message","{PADDING} %M"]',
            ready="40{",
            pre=("40",),
        ),
        _script("socketio.mjs"),
        "Node and npm",
    ),
    Contender("tornchat", "tornchat, durable", _CHAT, _tornchat(UNLIMITED), durable=True),
)
"""In the order in which each round takes them."""
LIMITED = Contender("tornchat", "tornchat, as shipped", _CHAT, _tornchat(SHIPPED), durable=True)
"""With the limits that it is shipped with."""


def chosen(names: str) -> list[Contender]:
    """Return the contenders named, or all where `names` is empty. Raises ValueError."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = {contender.name for contender in CONTENDERS}
    if wrong := set(wanted) - known:
        raise ValueError(f"unknown peer {', '.join(sorted(wrong))}: there are {', '.join(known)}")
    return [one for one in CONTENDERS if not wanted or one.name in wanted]
