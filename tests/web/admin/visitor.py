"""Somebody before the login, over a real store: a browser without scripts that keeps cookies."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from tests.admin.office import Office, open_office
from tests.chat.running import scenarios
from tests.web.serving import Answer, exchange, parse, request, serving, site
from tornchat.access import passwords
from tornchat.config import Address
from tornchat.store.accounts import AccountRecord
from tornchat.web.server import ChatServer

GOOD = "violet tram over nine hills"
BETTER = "eleven owls beside the quarry"
KEPT = passwords.hashed(GOOD)
FORM = "Content-Type: application/x-www-form-urlencoded"


@dataclass
class Visitor:
    """A browser: follows nothing by itself. `set` are the cookies of the last answer."""

    server: ChatServer
    cookies: dict[str, str] = field(default_factory=dict)
    set: dict[str, Any] = field(default_factory=dict)
    xsrf: str = ""

    async def ask(self, method: str, path: str, *headers: str, body: bytes = b"") -> Answer:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        every = [*headers, f"Cookie: {sent}"] if sent else list(headers)
        data = await exchange(self.server.port, request(method, path, *every, body=body))
        self._keep(data)
        answer = parse(data)
        found = re.search(rb'name="_xsrf" value="([^"]*)"', answer.body)
        self.xsrf = found[1].decode() if found else self.xsrf
        return answer

    async def get(self, path: str, *headers: str) -> Answer:
        """Ask for an address below /admin/."""
        return await self.ask("GET", f"/admin/{path}", *headers)

    async def post(self, path: str, *headers: str, **fields: str) -> Answer:
        """Send a form to an address below /admin/."""
        body = urlencode({"_xsrf": self.xsrf, **fields}).encode()
        return await self.ask("POST", f"/admin/{path}", FORM, *headers, body=body)

    async def sign_in(self, name: str = "Ann", password: str = GOOD, **more: str) -> Answer:
        """Load the login, and fill it in."""
        await self.get("login")
        return await self.post("login", name=name, password=password, **more)

    def _keep(self, data: bytes) -> None:
        self.set = {}
        for line in data.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            name, _, value = line.decode("latin-1").partition(": ")
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.set[key] = morsel
                    self.cookies[key] = morsel.value
                    if not morsel.value:
                        del self.cookies[key]


class Hallway:
    """An office, its pages, and visitors."""

    def __init__(self, office: Office, server: ChatServer) -> None:
        self.office = office
        self.server = server
        self.sign_in = office.sign_in

    def visitor(self) -> Visitor:
        return Visitor(self.server)

    async def account(
        self, name: str = "Ann", *, rooms: frozenset[str] | None = None, totp: str | None = None
    ) -> AccountRecord:
        account = await self.sign_in.book.add(name, password=KEPT, rooms=rooms, created=1)
        account = replace(account, totp=totp)
        await self.sign_in.book.change(account)
        return account


@asynccontextmanager
async def open_hallway(folder: Path, *, base_url: str = "") -> AsyncIterator[Hallway]:
    """Open a store, and serve its admin page."""
    async with open_office(folder, base_url=base_url) as office:
        here = replace(office.config.server, listen=Address("127.0.0.1", 0))
        found = replace(office.config, server=here)
        served = site(found, office=office.verbs, sign_in=office.sign_in)
        async with serving(served=served) as server:
            yield Hallway(office, server)


hallway = scenarios(open_hallway)


def arrives(answer: Answer, path: str) -> str:
    """Return the address to which a redirect leads from /admin/`path`."""
    assert answer.status in (301, 302, 303), (answer.status, answer.body[-800:])
    return urljoin(f"http://chat.example/admin/{path}", answer.headers["Location"])


def alert(answer: Answer) -> str:
    """Return what a page says was wrong."""
    found = re.search(rb'role="alert">(.*?)</div>', answer.body, re.S)
    return unescape(re.sub(r"<[^>]*>", "", found[1].decode())).strip() if found else ""
