"""The admin page over live rooms with people in them, and browsers without scripts before it."""

import re
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any

import msgspec

from tests.chat.place import Line, Place, open_place
from tests.chat.running import scenarios
from tests.web.admin.desk import Browser, Doorkeeper
from tests.web.serving import Answer, config, serving, site


class Hall:
    """Live rooms; `ann` may do everything, `mo` moderates the lobby and the vault."""

    def __init__(self, place: Place, server: Any) -> None:
        self.place = place
        self.ann = Browser(server, "ann", "")
        self.mo = Browser(server, "mo", "")
        self.nobody = Browser(server, "nobody", "")


@asynccontextmanager
async def open_hall(folder: Path, **options: Any) -> AsyncIterator[Hall]:
    """Open live rooms, and serve their admin page."""
    async with open_place(folder, **options) as place:
        served = site(config(), hub=place.hub, office=place.office, sign_in=Doorkeeper())
        async with serving(served=served) as server:
            yield Hall(place, server)


hall_scenario = scenarios(open_hall)


def rows(answer: Answer, prefix: str) -> dict[str, str]:
    """Return the rows of a page's table, by the end of their ids, as text."""
    assert answer.status == 200, (answer.status, answer.body[-2000:])
    found = re.findall(rf'<tr id="{prefix}-([^"]*)".*?>(.*?)</tr>', answer.body.decode(), re.S)
    return {unescape(name): _text(cells) for name, cells in found}


def links(answer: Answer, words: str) -> list[str]:
    """Return where the links of a page lead that say this, below the admin part."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', answer.body.decode(), re.S)
    return [unescape(href) for href, said in found if _text(said) == words]


def flash(answer: Answer) -> tuple[int, str, str]:
    """Return how a form was answered: the status, what is said, and what calls it off."""
    cookie = re.search(r"flash=([^;]*)", answer.headers.get("Set-Cookie", ""))
    assert cookie, (answer.status, answer.headers, answer.body[-1500:])
    found = msgspec.json.decode(urlsafe_b64decode(cookie[1].strip('"') + "==="))
    return answer.status, found["message"], found["undo"]


def who(line: Line) -> str:
    """Return the id of the person of a connection."""
    return line.client.person.id


def _text(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).split())
