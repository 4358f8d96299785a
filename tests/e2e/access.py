"""What lets people in: the verbs of an operator, invite links, tokens signed by a site."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt

from tests.kit.server import ServerProcess
from tornchat.control.client import ask
from tornchat.control.unixsocket import NAME as SOCKET

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

KEY = "a-key-that-only-the-shop-and-we-know"
KEY_FILE = "shop-1.key"
SITE = {"site shop": {"key_file": KEY_FILE}}


def write_key(folder: Path) -> None:
    """Put the key of the site beside the config file that has `SITE` in it."""
    path = folder / KEY_FILE
    path.write_text(KEY)
    path.chmod(0o600)


async def verb(server: ServerProcess, name: str, /, **args: Any) -> Any:
    """Ask the running server without the time that a command takes to start."""
    return await asyncio.to_thread(ask, server.data / SOCKET, name, args)


async def invite(server: ServerProcess, room: str, **more: Any) -> dict[str, Any]:
    args = {"kind": "invite", "room": room, "role": "write", **more}
    made: dict[str, Any] = await verb(server, "create_token", **args)
    return made


def link(server: ServerProcess, room: str, token: str, transport: str = "") -> str:
    query = f"?transport={transport}" if transport else ""
    return f"{server.url}r/{room}{query}#invite={token}"


def site_token(sub: str, name: str, life: int = 600, **claims: Any) -> str:
    now = int(time.time())
    payload = {"iss": "shop", "aud": "tornchat", "sub": sub, "name": name, "iat": now}
    kid = {"kid": KEY_FILE.removesuffix(".key")}
    return jwt.encode({**payload, "exp": now + life, **claims}, KEY, "HS256", headers=kid)


def gate(page: Page, words: str = "") -> Locator:
    """Return what stands in place of a room."""
    return page.locator(".gate", has_text=words)
