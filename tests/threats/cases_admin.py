"""THREATS 5 G 86 to 92, 95 and 96: the login of the admin page, its cookies and its forms."""

import asyncio
import itertools
import re
from functools import partial
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin

from tests.kit.http import HttpConnection, Response
from tests.threats.scene import CLOSED, Case, Scene

GOOD = "violet tram over nine hills"
BETTER = "eleven owls beside the quarry"
TOO_MUCH = 429
SHOWN_AGAIN = re.compile(rb'value="[^"]*"|<title>[^<]*</title>')
_names = itertools.count(1)
EVIL = {
    "host": "//evil.test", "scheme": "https:evil.test", "address": "https://evil.test/",
    "backslash": "/\\evil.test", "backslashes": "\\\\evil.test", "climbing": "../../evil",
    "climbing-within": "rooms/../../evil", "escaped": "%2e%2e/%2e%2e/evil",
    "line-end": "rooms\r\nLocation: https://evil.test", "header": "rooms\r\nSet-Cookie: a=b",
    "script": "javascript:alert(1)", "login": "@evil.test", "long": "x" * 3000,
}  # fmt: skip


class Browser:
    """Keeps cookies, follows nothing; `place` is the address that it comes from."""

    def __init__(self, scene: Scene, place: str = "") -> None:
        self._scene = scene
        self.place = place or scene.stranger()
        self.cookies: dict[str, str] = {}
        self.xsrf = ""

    async def ask(self, method: str, path: str, body: bytes | None = None, **more: str) -> Response:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{n}={value}" for n, value in self.cookies.items())
        connection = HttpConnection("127.0.0.1", self._scene.server.port, source=self.place)
        try:
            answer = await connection.request(method, path, headers=headers, body=body)
        finally:
            await connection.close()
        self._scene.note(answer.body)
        self._keep(answer)
        return answer

    async def get(self, path: str) -> Response:
        return await self.ask("GET", f"/admin/{path}")

    async def post(self, path: str, **fields: str) -> Response:
        body = urlencode({"_xsrf": self.xsrf, **fields}).encode()
        return await self.send(path, body)

    async def send(self, path: str, body: bytes, **headers: str) -> Response:
        kind = {"Content_Type": "application/x-www-form-urlencoded", **headers}
        return await self.ask("POST", f"/admin/{path}", body, **kind)

    async def sign_in(self, name: str, password: str = GOOD, **more: str) -> Response:
        await self.get("login")
        answer = await self.post("login", name=name, password=password, **more)
        # The operator is told who signed in.
        self._scene.remarks += answer.status == 303
        return answer

    def _keep(self, answer: Response) -> None:
        found = re.search(rb'name="_xsrf" value="([^"]*)"', answer.body)
        self.xsrf = found[1].decode() if found else self.xsrf
        for name, value in answer.head.headers:
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value


async def account(scene: Scene) -> str:
    """Make an account with a password by its link; return its name."""
    name = f"keeper{next(_names)}"
    made = await scene.order("add_account", name=name)
    browser = Browser(scene)
    await browser.get("setup")
    fields = {"code": made["link"].partition("#")[2], "password": GOOD, "again": GOOD}
    assert (await browser.post("setup", **fields)).status == 303
    scene.remarks += 1
    return name


def waits(answer: Response) -> bool:
    """Return whether an answer says when to come back."""
    assert answer.status in {403, TOO_MUCH}
    if answer.status == TOO_MUCH:
        assert 0 < int(answer.head.get("retry-after")) <= 900
    return answer.status == TOO_MUCH


async def six_wrong(scene: Scene) -> None:
    """The sixth waits, also with the right password; the owner elsewhere does not."""
    name = await account(scene)
    browser = Browser(scene)
    assert [waits(await browser.sign_in(name, BETTER)) for _ in range(5)] == [False] * 5
    assert waits(await browser.sign_in(name))
    assert (await Browser(scene).sign_in(name)).status == 303


async def many_names(scene: Scene, count: int) -> None:
    """Twenty wrong ones from one place, whatever the names are."""
    browser = Browser(scene)
    await browser.get("login")
    name, password = "nobody {}", BETTER
    waited = [
        waits(await browser.post("login", name=name.format(number), password=password))
        for number in range(count)
    ]
    assert waited == [False] * 20 + [True] * (count - 20)


async def long_password(size: int, right: set[int], scene: Scene) -> None:
    browser = Browser(scene)
    await browser.get("login")
    try:
        status = (await browser.post("login", name="nobody", password="x" * size)).status
    except (ConnectionError, EOFError):
        status = CLOSED
    assert status in right, status


async def odd_password(password: bytes, right: int, scene: Scene) -> None:
    browser = Browser(scene)
    await browser.get("login")
    fields = urlencode({"_xsrf": browser.xsrf, "name": "nobody", "password": password})
    assert (await browser.send("login", fields.encode())).status == right


async def flood_of_passwords(scene: Scene) -> None:
    """Two are looked at at a time, few wait, the others are told so; the chat goes on."""

    async def one() -> int:
        browser = Browser(scene)
        async with scene.gate:
            await browser.get("login")
            return (await browser.post("login", name="nobody", password=BETTER)).status

    found = await asyncio.gather(*(one() for _ in range(60)))
    assert set(found) <= {403, 503}
    assert 403 in found


async def known_and_unknown(scene: Scene) -> None:
    """One answer, byte for byte but for what was typed and the form's own token."""
    name = await account(scene)
    known, unknown = Browser(scene), Browser(scene)
    first = await known.sign_in(name, BETTER)
    second = await unknown.sign_in(name[::-1], BETTER)
    assert first.status == second.status == 403
    assert SHOWN_AGAIN.sub(b"", first.body) == SHOWN_AGAIN.sub(b"", second.body)
    assert [n for n, _ in first.head.headers] == [n for n, _ in second.head.headers]


async def planted_session(scene: Scene) -> None:
    """A planted id never becomes a session; each login and each new password has a new one."""
    name = await account(scene)
    victim = Browser(scene)
    victim.cookies["sid"] = "x" * 43
    assert (await victim.sign_in(name)).status == 303
    ids = ["x" * 43, victim.cookies["sid"]]
    await victim.get("account")
    answer = await victim.post("account", password=GOOD, new=BETTER, again=BETTER)
    assert answer.status == 303
    ids.append(victim.cookies["sid"])
    assert len(set(ids)) == 3
    assert (await victim.get("account")).status == 200
    for old in ids[:2]:
        thief = Browser(scene)
        thief.cookies["sid"] = old
        assert (await thief.get("account")).status == 302


async def forged_form(scene: Scene) -> None:
    """Without the form's token, with a foreign one, or from another site: 403 and no change."""
    name = await account(scene)
    browser, other = Browser(scene), Browser(scene)
    await browser.sign_in(name)
    await browser.get("accounts")
    await other.get("login")
    own = browser.xsrf
    for path in ("accounts", "accounts/remove", "account", "logout", "token"):
        for token in ("", other.xsrf, own[:30], "2|x|y|1"):
            answer = await browser.post(path, _xsrf=token, name="forged", password=GOOD)
            assert answer.status == 403, (path, token)
        for where in ("cross-site", "same-site"):
            body = urlencode({"_xsrf": own, "name": "forged"}).encode()
            answer = await browser.send(path, body, Sec_Fetch_Site=where)
            assert answer.status == 403, (path, where)
    assert (await browser.get("account")).status == 200
    assert "forged" not in str(await scene.order("accounts"))


async def way_to_elsewhere(target: str, scene: Scene) -> None:
    """The login leads below the admin part and nowhere else, in header and page."""
    name = await account(scene)
    browser = Browser(scene)
    answer = await browser.ask("GET", f"/admin/login?{urlencode({'next': target})}")
    assert b"evil" not in answer.body
    answer = await browser.sign_in(name, next=target)
    if answer.status != 400:  # line ends in a field
        here = f"http://{scene.host}/admin/login"
        assert urljoin(here, answer.head.get("location")) == f"http://{scene.host}/admin/"
    assert "a" not in browser.cookies


async def without_cookies(scene: Scene) -> None:
    """Whose browser keeps none is told so."""
    browser = Browser(scene)
    await browser.get("login")
    browser.cookies.clear()
    answer = await browser.post("login", name="nobody", password=GOOD)
    assert answer.status == 403
    assert b"keeps no cookies" in answer.body


async def old_cookie(scene: Scene) -> None:
    """After the logout the cookie and the socket's token open nothing; what is open is closed."""
    name = await account(scene)
    browser = Browser(scene)
    await browser.sign_in(name)
    page = await browser.get("account")
    assert page.head.get("cache-control") == "no-store"
    found = re.search(r'"token": ?"([^"]+)"', (await browser.post("token")).text)
    assert found
    watching = await scene.connect()
    await watching.hello(token=found[1])
    old = dict(browser.cookies)
    answer = await browser.post("logout")
    assert answer.status == 303
    assert (await watching.wait_closed()).code == 4002
    browser.cookies = old
    for path in ("account", "accounts", ""):
        answer = await browser.get(path)
        assert answer.status == 302
        assert answer.head.get("cache-control") == "no-store"
    assert (await browser.post("token")).status == 403
    late = await scene.connect()
    await late.post("hello", protocol=1, token=found[1])
    assert (await late.wait_closed()).code == 4002


QUICK = [
    Case("G86-six-wrong", six_wrong),
    Case("G86-21-from-one-place", partial(many_names, count=21)),
    Case("G86-100-names-from-one-place", partial(many_names, count=100)),
    Case("G87-1-MB", partial(long_password, 2**20, {CLOSED, 400, 413})),
    Case("G87-100-KB", partial(long_password, 100_000, {413})),
    Case("G87-4096", partial(long_password, 4096, {400})),
    Case("G87-1025", partial(long_password, 1025, {400})),
    Case("G87-1024", partial(long_password, 1024, {403})),
    Case("G87-unicode", partial(odd_password, "\ufdfa\U0001f511é".encode(), 403)),
    Case("G87-not-UTF-8", partial(odd_password, b"\xff\xfe", 400)),
    Case("G87-NUL", partial(odd_password, b"a\0b", 403)),
    Case("G87-flood", flood_of_passwords),
    Case("G88-known-and-unknown", known_and_unknown),
    Case("G89-planted", planted_session),
    Case("G90-forged-form", forged_form),
    *(Case(f"G91-{name}", partial(way_to_elsewhere, target)) for name, target in EVIL.items()),
    Case("G95-no-cookies", without_cookies),
    Case("G96-old-cookie", old_cookie),
]
