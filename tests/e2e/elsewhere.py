"""Another site: an almost empty page on a port of its own, by http or https."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit.server import HOST

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

SOCKJS_CLIENT = Path(__file__).parent.parent / "node_modules/sockjs-client/dist/sockjs.js"
NO_MORE: Mapping[str, str] = {}
PAGE = b"<!doctype html><meta charset=utf-8><link rel=icon href='data:,'><title>elsewhere</title>"


@asynccontextmanager
async def elsewhere(
    port: int = 0,
    *,
    tls: tuple[Path, Path] | None = None,
    page: bytes = PAGE,
    headers: Mapping[str, str] = NO_MORE,
) -> AsyncIterator[int]:
    """Serve a page, and the SockJS client at `/sockjs.js`, on another port of loopback.

    `headers`: what it carries besides.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        script = head.startswith(b"GET /sockjs.js")
        body = SOCKJS_CLIENT.read_bytes() if script else PAGE
        kind = "text/javascript" if script else "text/html"
        status = f"HTTP/1.1 {HTTPStatus.OK} OK\r\nContent-Type: {kind}\r\nConnection: close\r\n"
        status += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
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


async def framed(page: Page | Frame, address: str) -> Frame:
    """Put an address into a frame of a page; return the frame when something has been loaded.

    Where a browser may not show it, that is an error of the browser's own, at another address.
    """
    element = (
        await page.evaluate_handle(
            "(src) => Object.assign(document.createElement('iframe'), { src })", address
        )
    ).as_element()
    assert element is not None
    await element.evaluate(
        "(frame) => new Promise((done) => { frame.onload = done; document.body.append(frame); })"
    )
    inside = await element.content_frame()
    assert inside is not None
    return inside
