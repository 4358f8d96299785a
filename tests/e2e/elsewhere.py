"""Another site: an almost empty page on a port of its own, by http or https."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from tests.kit.server import HOST

SOCKJS_CLIENT = Path(__file__).parent.parent / "node_modules/sockjs-client/dist/sockjs.js"
PAGE = b"<!doctype html><meta charset=utf-8><link rel=icon href='data:,'><title>elsewhere</title>"


@asynccontextmanager
async def elsewhere(port: int = 0, *, tls: tuple[Path, Path] | None = None) -> AsyncIterator[int]:
    """Serve an empty page, and the SockJS client at `/sockjs.js`, on another port of loopback."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        script = head.startswith(b"GET /sockjs.js")
        body = SOCKJS_CLIENT.read_bytes() if script else PAGE
        kind = "text/javascript" if script else "text/html"
        status = f"HTTP/1.1 {HTTPStatus.OK} OK\r\nContent-Type: {kind}\r\nConnection: close\r\n"
        writer.write(f"{status}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    context = None
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*tls)
    server = await asyncio.start_server(answer, HOST, port, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
