"""A server on which much has happened, and every page of its admin part, as browsers ask for them.

The data is written straight through the store; `python -m bench.admin` measures over the same.
"""

import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from tests.e2e.admin_place import DAY, NAME, PASSWORD, SECRET_FILE
from tests.store.crowded import START, index_log, word, write_log
from tests.store.kit import Chat, digest, do
from tests.web.admin.test_walk import TARGETS
from tests.web.walk import methods_of
from tornchat.protocol import Person
from tornchat.store.accounts import SessionRecord, insert_account, insert_session
from tornchat.store.audit import append_audit
from tornchat.store.bans import insert_ban
from tornchat.store.records import BanRecord
from tornchat.store.tokens import insert_token
from tornchat.store.visits import STEP, VisitRecord, write_visits

MESSAGES = 100_000
ROOMS = 1_000
SEEN = 10_000
TOKENS = 1_000
BANS = 500
DEEDS = 2_000
ACCOUNTS = 999
"""One less than there may be: the admin's own comes besides."""
LOUD = 120
LONG = "😀<&" * 1333
"""As long as a message may be, in characters that take much room on a page."""
SECTIONS = 200

CONFIG = {
    "rooms": {"default_access": "public"},
    "admin": {"password_file": SECRET_FILE},
    "room lobby": {"title": "Lobby"},
    "room support-*": {"title": "Support", "access": "private"},
    **{f"room room-{number:04d}": {"title": "Set by the file"} for number in range(SECTIONS)},
}
VIEWS = {
    "/admin/": ["?span=day"],
    "/admin/audit": ["?before=1000", "?search=ann", "?verb=kick", "?room=room-0007"],
    "/admin/rooms": [
        "?page=20", "?search=room", "?search=nothing+like+it", "?state=archived", "?state=all",
        "?pattern=*", "?sort=-last", "?sort=-present", "?sort=waiting",
    ],
    "/admin/tokens": ["?page=20", "?search=label", "?state=usable"],
    "/admin/rooms/([^/]+)/tokens": ["?page=2"],
    "/admin/people": ["?view=seen", "?view=seen&search=guest+99", "?view=seen&search=nobody"],
    "/admin/rooms/([^/]+)/people": ["?view=seen", "?view=seen&search=guest+99"],
    "/admin/bans": ["?page=10", "?search=spam", "?kind=mute"],
    "/admin/messages": [
        f"?search={word(0)}", f"?search={word(0)}+{word(1)}",
        f"?search={word(0)}&room=room-0007", "?person=g_0000000000000007", "?search=grin",
    ],
    "/admin/rooms/([^/]+)/messages": [
        "?before=60", "?after=60", "?around=60", "?date=2023-12-01", "?search=grin",
    ],
    "/admin/accounts": ["?page=20"],
}  # fmt: skip
"""What a page may also be asked for."""
NO_PAGES = {"/admin", "/admin/login", "/admin/account/second-factor/off", "/admin/.*"}
"""Whoever is signed in is sent elsewhere, or nowhere."""
DOWNLOADS = {"/admin/audit/export", "/admin/backup/download"}
"""As large as what they bring, and sent in steps."""


def pages() -> list[str]:
    """Return the addresses of all pages, below the root: whatever the routes have, in its views."""
    patterns = [p for p in TARGETS if "GET" in methods_of(p) and p not in NO_PAGES | DOWNLOADS]
    assert patterns and VIEWS.keys() <= set(patterns)
    return [TARGETS[p] + query for p in patterns for query in ("", *VIEWS.get(p, ()))]


def searches(number: int) -> Iterator[str]:
    """Yield so many different things to search for: frequent words, rare ones, beginnings.

    The first are those that take most work: they are in nearly every message, alone.
    """
    often = [word(rank) for rank in range(16)]
    yield from (f'"{" ".join(often[:1] * 16)}"', " ".join(often), f"{' '.join(often[:15])} ab")
    for one in range(number - 3):
        rank = int(20_000 ** (one / number))
        text = word(rank + one)
        yield text[:4] if one % 5 == 4 else f"{text} {word(one % 7)}" if one % 5 == 3 else text


def make_crowd(folder: Path) -> None:
    """Write the data folder and the password of a server that runs in `folder` with `CONFIG`."""
    secret = folder / SECRET_FILE
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    write_log(folder / "data", MESSAGES, ROOMS)
    index_log(folder / "data")
    chat = Chat(folder / "data")
    try:
        chat.fill(LOUD, text=f"grin {LONG} {{}}"[:4000])
        for make in (_rooms, _tokens, _bans, _deeds, _accounts):
            do(chat, make)
        epochs = {record.name: record.epoch for record in chat.store.rooms()}
        visits = list(_visits(epochs))
        for start in range(0, len(visits), STEP):
            do(chat, write_visits, visits[start : start + STEP])
    finally:
        chat.close()


def _now() -> int:
    return int(time.time() * 1000)


def _rooms(database: Any) -> None:
    """Archive some, let others have been made on demand."""
    run = database.execute_sql
    run("UPDATE room SET archived = ? WHERE id BETWEEN 900 AND 999", (START,))
    run("UPDATE room SET pattern = 'support-*', access = 'private' WHERE id BETWEEN 500 AND 800")


def _tokens(database: Any) -> None:
    for number in range(TOKENS):
        is_key = number % 4 == 0
        insert_token(
            database,
            kind="key" if is_key else "invite",
            digest=digest(f"token {number}"),
            label=f"label {number}",
            room="*" if is_key else "lobby" if number % 4 == 1 else f"room-{number:04d}",
            role="read",
            created=START + number,
            expires=START + number if number % 3 else None,
        )


def _bans(database: Any) -> None:
    for number in range(BANS):
        person = f"g_{number:016x}" if number % 2 else None
        ban = BanRecord(
            id=0,
            place=None if person else f"10.9.{number // 200}.{number % 200 + 1}",
            person_id=person,
            room="lobby" if number % 3 == 1 else None,
            reason="spam, " * 30,
            created=_now(),
            expires=_now() + DAY * 1000,
            source="operator",
            hits=number,
            kind="mute" if person and number % 3 == 1 else "ban",
            name=f"Guest {number}" if person else None,
            author="ann",
        )
        insert_ban(database, ban)


def _deeds(database: Any) -> None:
    for number in range(DEEDS):
        append_audit(
            database,
            time=START + number * 60_000,
            actor=f"ann {number % 7}",
            actor_kind="admin",
            place="192.0.2.1",
            verb=("kick", "set_room", "add_ban", "revoke_token")[number % 4],
            room=f"room-{number % ROOMS:04d}",
            subject=f"Guest {number} (g_{number:016x})",
            detail=f'{{"reason": "{"too loud " * 20}", "seconds": 3600}}',
        )


def _accounts(database: Any) -> None:
    """Everybody moderates rooms, and is signed in with one browser."""
    for number in range(ACCOUNTS):
        rooms = frozenset(f"room-{(number + step) % ROOMS:04d}" for step in range(30))
        name = f"moderator {number}"
        made = insert_account(
            database, name=name, folded=name, password=None, rooms=rooms, created=START
        )
        now = _now()
        session = SessionRecord(digest(name), made.id, now, now, "192.0.2.1", "a browser")
        insert_session(database, session)


def _visits(epochs: dict[str, str]) -> Iterator[VisitRecord]:
    """Everybody was in the lobby, and in another room after it."""
    for number in range(2 * SEEN):
        who = number % SEEN
        room = "lobby" if number < SEEN else f"room-{who % ROOMS:04d}"
        last, place = _now() - 2 * SEEN + number, f"10.1.{who // 250}.{who % 250}"
        person = Person(f"g_{who:016x}", f"Guest {who}")
        yield VisitRecord(room, epochs[room], person, last, last, place)


class Page(NamedTuple):
    """An answer. `seconds`: from the first byte of the request to the last of the answer."""

    status: int
    body: bytes
    seconds: float


class Browser:
    """A browser without scripts, signed in to the admin part, on a connection that stays open.

    with Browser(server.port) as browser:
        page = browser.get("/admin/rooms")
    """

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def __enter__(self) -> Self:
        form = self.get("/admin/login").body
        found = re.search(rb'name="_xsrf" value="([^"]*)"', form)
        assert found, form
        fields = {"_xsrf": found[1].decode(), "name": NAME, "password": PASSWORD}
        answer = self._ask("POST", "/admin/login", urlencode(fields))
        assert answer.status in (302, 303), answer.body
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str) -> Page:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, form: str | None = None) -> Page:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self._connection.request(method, path, form, headers)
        answer = self._connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        for line in answer.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: each.value for name, each in SimpleCookie(line).items()}
        return Page(answer.status, body, seconds)
