"""Pages of another site that have a chat in them: on a port and a host name of their own.

The chat is at 127.0.0.1, the site at localhost: to a browser these are two sites, so that cookies
and storage of the one are a third party's to the other.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tests.kit.server import Config

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Frame, FrameLocator, Locator, Page

NAME = "localhost"
VIOLATIONS = """() => {
    self.violations = [];
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
        violations.push(`${violatedDirective}: ${blockedURI} (${sourceFile})`), true);
}"""
Answer = tuple[int, str, str]
"""Status, content type, body."""


def listing(port: int, config: Config | None = None) -> dict[str, dict[str, object]]:
    """Return the config of a server whose rooms the site on a port may show."""
    whole = {section: dict(keys) for section, keys in (config or {}).items()}
    whole["server"] = {"origins": f"http://{NAME}:{port}", **whole.get("server", {})}
    return whole


def strict(chat: str, nonce: str = "n0nce") -> str:
    """Return the strictest policy that a page with a chat can have."""
    origin = chat.rstrip("/")
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' {origin}; frame-src {origin}; "
        "style-src 'self'; base-uri 'none'; form-action 'none'"
    )


def tag(chat: str, room: str = "lobby", **data: str) -> str:
    """Return the tag for a room; `data`: more attributes, `token_url` for `data-token-url`."""
    nonce = data.pop("nonce", "n0nce")
    more = "".join(
        f' data-{name.replace("_", "-")}="{escape(value)}"' for name, value in data.items()
    )
    src = f'src="{chat}widget.js"'
    return f'<script nonce="{nonce}" async {src} data-room="{room}"{more}></script>'


@dataclass
class Site:
    """A site and its pages, which `put` changes at any time; `asked`: what was asked of it."""

    port: int
    pages: dict[str, tuple[Mapping[str, str], str | Callable[[], Answer]]] = field(
        default_factory=lambda: {"/favicon.ico": ({}, lambda: (204, "image/png", ""))}
    )
    asked: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://{NAME}:{self.port}"

    def put(
        self, body: str, path: str = "/", *, head: str = "", heading: str = "Host", **headers: str
    ) -> str:
        """Have a page with this body; returns its address. headers: `content_security_policy=…`."""
        page = (
            f'<!doctype html><html lang="en"><meta charset=utf-8><title>Host</title>{head}'
            f"<body><main><h1>{heading}</h1>{body}</main>"
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (named, page)
        return self.origin + path

    def answer(self, path: str, answer: Callable[[], Answer]) -> str:
        """Answer each request for a path anew."""
        self.pages[path] = ({}, answer)
        return self.origin + path

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):  # a connection for later
            writer.close()
            return
        path = head.split(" ", 2)[1].partition("?")[0]
        self.asked.append(path)
        headers, found = self.pages.get(path, ({}, lambda: (404, "text/plain", "")))
        status, kind, body = (200, "text/html", found) if isinstance(found, str) else found()
        content = body.encode()
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            f"Content-Type: {kind}; charset=utf-8",
            f"Content-Length: {len(content)}",
            "Connection: close",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def site(port: int) -> AsyncIterator[Site]:
    """Serve a site without pages yet."""
    found = Site(port)
    server = await asyncio.start_server(found.serve, NAME, port)
    async with server:
        yield found


def token_answer(token: str | None) -> Answer:
    """Return what a site's back end answers who asks for a token."""
    return 200, "application/json", json.dumps({"token": token})


# ── what a page shows ────────────────────────────────────────────────────────────────────────────


def launcher(page: Page | FrameLocator) -> Locator:
    """Return the button that opens the chat."""
    return page.locator("tornchat-widget button")


def panel(page: Page | FrameLocator, number: int = 0) -> FrameLocator:
    """Return what is in the frame of a chat."""
    return page.locator("tornchat-widget iframe").nth(number).content_frame


def frame_of(page: Page) -> Frame:
    """Return the first frame of the chat that a page has, to look into it by scripts."""
    return next(frame for frame in page.frames if "/embed/" in frame.url)


async def enter_as(frame: FrameLocator, name: str) -> None:
    """Give a name in the frame, and wait until it is online."""
    await frame.get_by_label("Nickname").fill(name)
    await frame.get_by_role("button", name="Join the chat").click()
    await joined(frame)


async def joined(frame: FrameLocator, *, patience_ms: int = 10_000) -> None:
    """Wait until a frame is online."""
    online = frame.locator("tornchat-room[data-state=online]")
    await online.wait_for(state="attached", timeout=patience_ms)


async def watch_policies(context: BrowserContext) -> None:
    """Keep what a policy refuses to the pages of a context, for `violations`."""
    await context.add_init_script(f"({VIOLATIONS})()")


async def violations(page: Page) -> list[str]:
    """Return what the policies of a page and of its frames have refused."""
    return [each for frame in page.frames for each in await frame.evaluate("self.violations")]


async def heard(page: Page, *names: str) -> None:
    """Keep what the page hears in `window.heard`, as [name, detail without the handle]."""
    await page.evaluate(
        """(names) => {
            window.heard = [];
            for (const name of names)
                addEventListener(`tornchat:${name}`, ({ detail }) => {
                    const { handle, ...rest } = detail;
                    window.heard.push([name, rest]);
                });
        }""",
        list(names),
    )


async def until_heard(page: Page, name: str) -> dict[str, Any]:
    """Wait for an event of that name, and return its newest detail."""
    found = await page.wait_for_function(
        "(name) => window.heard.findLast((each) => each[0] === name)?.[1]", arg=name
    )
    detail: dict[str, Any] = await found.json_value()
    return detail
