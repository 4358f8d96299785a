"""The admin page over a real store and office, and a browser without scripts that is signed in."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.admin.office import Office, open_office
from tests.chat.running import scenarios
from tests.web.serving import Answer, ask, serving, site
from tornchat.admin.signin import Signed
from tornchat.config import Address
from tornchat.store.accounts import AccountRecord, SessionRecord
from tornchat.web.server import ChatServer

TOKEN = "0123456789abcdef" * 2


def account(number: int, name: str, rooms: frozenset[str] | None) -> AccountRecord:
    return AccountRecord(
        id=number, name=name, folded=name, password=None, totp=None, totp_step=0, rooms=rooms,
        created=0, last_login=None,
    )  # fmt: skip


ANN = account(1, "ann", None)
MO = account(2, "mo", frozenset({"lobby", "vault"}))
PEOPLE = {"ann": ANN, "mo": MO}


class Doorkeeper:
    """Knows whoever calls themselves ann or mo."""

    def who(self, session_id: str, place: str) -> Signed | None:
        found = PEOPLE.get(session_id)
        if found is None:
            return None
        session = SessionRecord(bytes(32), found.id, 0, 0, place, "a browser of this test")
        return Signed(found, session)


class Browser:
    """Sends the cookies of somebody, and the forms of the page that it last got."""

    def __init__(self, server: ChatServer, name: str, prefix: str) -> None:
        self._server = server
        self._name = name
        self._prefix = prefix

    async def get(self, path: str, *headers: str, flash: str = "") -> Answer:
        """Ask for a page below /admin/. `flash`: the cookie of a sentence to show."""
        cookies = self._cookies() + (f"; {self._prefix}flash={flash}" if flash else "")
        return await ask(self._server, "GET", f"/admin/{path}", cookies, *headers)

    async def post(self, path: str, *pairs: tuple[str, str], **fields: str) -> Answer:
        """Send a form to an address below /admin/."""
        body = urlencode([("_xsrf", TOKEN), *fields.items(), *pairs]).encode()
        kind = "Content-Type: application/x-www-form-urlencoded"
        return await ask(self._server, "POST", f"/admin/{path}", self._cookies(), kind, body=body)

    async def fill(self, path: str, **fields: str) -> Answer:
        """Get the page, and send its settings form back with some fields changed."""
        return await self.post(path, **(form_of((await self.get(path)).body.decode()) | fields))

    def _cookies(self) -> str:
        return f"Cookie: {self._prefix}sid={self._name}; {self._prefix}xsrf={TOKEN}"


class Desk:
    """An office, its pages, and those who sit before them."""

    def __init__(self, office: Office, server: ChatServer) -> None:
        self.office = office
        prefix = "__Host-" if office.config.server.base_url.startswith("https:") else ""
        self.ann = Browser(server, "ann", prefix)
        self.mo = Browser(server, "mo", prefix)
        self.nobody = Browser(server, "nobody", prefix)


@asynccontextmanager
async def open_desk(folder: Path, *, base_url: str = "", **more: Any) -> AsyncIterator[Desk]:
    """Open a store in a folder, and serve its admin page."""
    async with open_office(folder, base_url=base_url) as office:
        anywhere = replace(office.config.server, listen=Address("127.0.0.1", 0))
        found = replace(office.config, server=anywhere)
        served = site(found, office=office.verbs, sign_in=Doorkeeper())
        async with serving(served=served) as server:
            yield Desk(office, server)


desk_scenario = scenarios(open_desk)


def text_of(answer: Answer) -> str:
    """Return what a page says, without its markup."""
    main = answer.body.decode().partition('id="main"')[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def form_of(page: str) -> dict[str, str]:
    """Return what a browser would send of the first form that has a version."""
    form = next(
        found for found in re.findall(r"<form.*?</form>", page, re.S) if "data-version" in found
    )
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        kind, name = _attribute(tag, "type"), _attribute(tag, "name")
        if kind not in ("checkbox", "radio") or " checked" in tag:
            value = _attribute(tag, "value")
            found[name] = f"{found[name]} {value}" if name in found else value
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)".*?>(.*?)</textarea>', form, re.S):
        found[name] = unescape(text)
    found.pop("_xsrf", None)
    return found


def flash_of(answer: Answer) -> str:
    """Return the cookie that carries a sentence to the next page."""
    found = SimpleCookie(answer.headers["Set-Cookie"])
    return next(cookie.value for name, cookie in found.items() if name.endswith("flash"))


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""
