"""Who is signed in, what other sites can do with it, and how it ends, over http and over https."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.e2e import admin_entry as entry
from tests.e2e.access import verb
from tests.e2e.admin_entry import BETTER, GOOD, admin_url
from tests.e2e.browser import say, sees
from tests.e2e.elsewhere import elsewhere
from tests.kit.server import ServerProcess
from tests.kit.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import BrowserContext, Page

    from tests.e2e.browser import People

REFUSED = ("403", "ERR_", "CORS policy", "Failed to load", "frame", "Content Security Policy")
PLANTED = "0123456789abcdef0123456789abcdef"
"""A token of forms that somebody else has chosen."""
FORGED = {
    "logout": {},
    "account": {"password": GOOD, "new": BETTER, "again": BETTER},
    "account/sign-out-everywhere": {},
    "accounts": {"name": "forged", "scope": "everything"},
    "rooms/lobby/archive": {},
    "settings": {"section": "limits", "key": "text_length", "value": "5"},
}
SUBMIT = """([action, fields]) => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = action;
    for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement('input');
        [input.name, input.value] = [name, value];
        form.append(input);
    }
    document.body.append(form);
    form.submit();
}"""
READ = """async (targets) => {
    const found = {};
    const all = { credentials: 'include', cache: 'no-store' };
    for (const target of targets) {
        for (const [method, mode] of [['GET', 'cors'], ['POST', 'cors'], ['POST', 'no-cors']]) {
            try {
                const answer = await fetch(target, { ...all, method, mode });
                found[`${method} ${mode} ${target}`] = await answer.text();
            } catch {
                found[`${method} ${mode} ${target}`] = '';
            }
        }
    }
    return found;
}"""
FRAME = """(source) => new Promise((resolve) => {
    const frame = document.createElement('iframe');
    frame.onload = () => resolve();
    frame.src = source;
    document.body.append(frame);
})"""
KEEPS_OUT = {
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, https=request.param == "https") as found:
        yield found


async def other_browser(server: ServerProcess, people: People, name: str) -> tuple[Page, Any]:
    """Sign in once more in another browser, and wait until its page is live."""
    page = await entry.tab(people)
    socket = entry.Socket.of(page)
    await entry.sign_in(server, page, name)
    await entry.live(page)
    return page, socket


# ── cookies and headers ─────────────────────────────────────────────────────────────────────────


@entry.OVER_BOTH
async def test_cookies_belong_to_this_host_and_to_no_script(
    server: ServerProcess, people: People
) -> None:
    page = await entry.newcomer(server, people, "Cora")
    answer = await page.goto(admin_url(server, "account"))
    assert answer is not None
    assert KEEPS_OUT.items() <= answer.headers.items()
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert ("strict-transport-security" in answer.headers) == bool(server.tls)
    cookies = {found["name"]: found for found in await page.context.cookies()}
    assert set(cookies) == {entry.cookie_name(server, name) for name in ("sid", "xsrf")}
    for cookie in cookies.values():
        assert cookie["httpOnly"] is True
        assert cookie["sameSite"] == "Lax"
        assert cookie["secure"] is bool(server.tls)
        assert (cookie["domain"], cookie["path"]) == ("127.0.0.1", "/")
    kept = "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"
    for cookie in cookies.values():
        assert cookie["value"] not in await page.evaluate(kept)


@entry.OVER_HTTPS
async def test_socket_is_let_in_by_a_token_that_is_renewed_and_never_by_a_cookie(
    server: ServerProcess, people: People
) -> None:
    """Its token lives for five minutes; this browser's clock says that four have passed."""
    page = await entry.newcomer(server, people, "Sol")
    await page.clock.install(time=datetime.now(UTC) + timedelta(seconds=250))
    socket, tokens = entry.Socket.of(page), await watch_tokens(page)
    await page.goto(admin_url(server, "account"))
    await entry.live(page)
    assert socket.url.startswith("wss://" if server.tls else "ws://")
    assert [said["token"] for said in spoken(socket, "hello")] == tokens[:1]
    await until(lambda: spoken(socket, "refresh"), "the token is renewed")
    await until(lambda: len(tokens) > 1)
    assert spoken(socket, "refresh")[-1]["token"] in tokens[1:]
    carried = "".join([*socket.sent, *socket.received, socket.url])
    for cookie in await page.context.cookies():
        assert cookie["value"] not in carried


async def watch_tokens(page: Page) -> list[str]:
    """Return a list that gets the tokens which the page asks for, each by a POST."""
    found: list[str] = []

    async def look(route: Any) -> None:
        assert route.request.method == "POST"
        answer = await route.fetch()
        found.append((await answer.json())["token"])
        await route.fulfill(response=answer)

    await page.route("**/admin/token", look)
    return found


def spoken(socket: entry.Socket, kind: str) -> list[dict[str, Any]]:
    """Return the commands of a kind that a page has sent."""
    commands: list[dict[str, Any]] = []
    for frame in socket.sent:
        found = json.loads(frame)
        for each in found if isinstance(found, list) else [found]:
            commands.append(json.loads(each) if isinstance(each, str) else each)
    return [command for command in commands if command["type"] == kind]


@entry.OVER_HTTPS
async def test_people_chat_while_an_admin_looks_on(server: ServerProcess, people: People) -> None:
    """The room page has no cookie at all, by https neither."""
    ben = await people.new_person("Ben")
    page = await entry.newcomer(server, people, "Otto")
    await page.goto(admin_url(server, "rooms/lobby/messages"))
    await entry.live(page)
    await say(ben, f"hello from {server.url}")
    await page.get_by_text(f"hello from {server.url}").first.wait_for()
    await sees(ben, f"hello from {server.url}")
    assert await ben.context.cookies() == []


# ── other sites ─────────────────────────────────────────────────────────────────────────────────


@entry.OVER_HTTPS
async def test_link_in_a_mail_finds_one_signed_in(server: ServerProcess, people: People) -> None:
    """A page of another site that links here: its click is a GET, and brings the cookie along."""
    page = await entry.newcomer(server, people, "Lou")
    target = admin_url(server, "account")
    await page.goto(f"data:text/html,<a href='{target}'>mail</a>")
    await page.get_by_role("link").click()
    await page.get_by_role("heading", name="Your account").wait_for()


@entry.OVER_BOTH
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", ""], ids=["port", "site", "data"])
async def test_form_of_another_site_changes_nothing(
    server: ServerProcess, people: People, host: str
) -> None:
    """Another port of this host may even plant the form's token: cookies know no ports."""
    name = f"Vic {host or 'data'}"
    page = await entry.newcomer(server, people, name)
    people.expect_problems(*REFUSED)
    before = await state(server), await entry.session_id(server, page.context)
    if host == "127.0.0.1":
        await plant(server, page.context)
    async with elsewhere(tls=server.tls) as port:
        origin = f"{urlsplit(server.url).scheme}://{host}:{port}/"
        for path, fields in FORGED.items():
            await page.goto(origin if host else "data:text/html,<title>evil</title>")
            target = admin_url(server, path)
            async with page.expect_navigation(url=target) as answered:
                await page.evaluate(SUBMIT, [target, {"_xsrf": PLANTED, **fields}])
            assert (await answered.value).status == 403, path
    assert (await state(server), await entry.session_id(server, page.context)) == before
    await page.goto(admin_url(server, "account"))
    await page.get_by_role("heading", name="Your account").wait_for()


async def plant(server: ServerProcess, context: BrowserContext) -> None:
    """Give the browser a token of forms, as an answer of another port of this host can."""
    xsrf = {"name": entry.cookie_name(server, "xsrf"), "value": PLANTED, "url": server.url}
    await context.add_cookies([{**xsrf, "secure": bool(server.tls)}])


async def state(server: ServerProcess) -> Any:
    """Return all that anybody has changed, up to now."""
    return await verb(server, "audit")


@entry.OVER_BOTH
async def test_scripts_of_another_site_read_nothing_and_frame_nothing(
    server: ServerProcess, people: People
) -> None:
    page = await entry.newcomer(server, people, "Fay")
    people.expect_problems(*REFUSED)
    targets = [admin_url(server, path) for path in ("", "login", "account", "token")]
    async with elsewhere(tls=server.tls) as port:
        for host in ("127.0.0.1", "localhost"):
            await page.goto(f"{urlsplit(server.url).scheme}://{host}:{port}/")
            found = await page.evaluate(READ, targets)
            assert set(found.values()) == {""}, found
            for target in targets[:3]:
                await refuses_a_frame(page, target)
    await page.goto(server.url)
    await refuses_a_frame(page, targets[2])


async def refuses_a_frame(page: Page, target: str) -> None:
    """Frame an address of ours in the page, and wait until the browser has refused to."""
    await page.evaluate(FRAME, target)
    blocked = "chrome-error://chromewebdata/"
    await until(lambda: page.frames[-1].url, f"a word about {target}")
    assert page.frames[-1].url == blocked, target


# ── the end ─────────────────────────────────────────────────────────────────────────────────────


@entry.OVER_BOTH
async def test_signing_out_ends_the_other_tab_the_back_button_and_the_cookie(
    server: ServerProcess, people: People
) -> None:
    page = await entry.newcomer(server, people, "Ada")
    await page.goto(admin_url(server, "accounts"))
    await page.goto(admin_url(server, "account"))
    other = await page.context.new_page()
    socket = entry.Socket.of(other)
    await other.goto(admin_url(server, "account"))
    await entry.live(other)
    old = await page.context.cookies()
    people.expect_problems("403")
    began = time.monotonic()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_text("You are signed out.").first.wait_for()
    await socket.closed_after(began)
    await entry.is_out(other)
    for _ in range(2):
        await page.go_back()
        await entry.is_out(page)
        assert await page.get_by_text("Ada").count() == 0
    await page.context.add_cookies(old)  # type: ignore[arg-type]
    await page.goto(admin_url(server, "account"))
    await entry.is_out(page)


@entry.OVER_HTTPS
async def test_signing_out_everywhere_ends_the_other_browser(
    server: ServerProcess, people: People
) -> None:
    page = await entry.newcomer(server, people, "Eve")
    other, socket = await other_browser(server, people, "Eve")
    people.expect_problems("403")
    await page.goto(admin_url(server, "account"))
    began = time.monotonic()
    await page.get_by_role("button", name="Sign out everywhere").click()
    await page.get_by_text("You are signed out everywhere.").first.wait_for()
    await socket.closed_after(began)
    for each in (page, other):
        await entry.is_out(each)
        await each.goto(admin_url(server, "account"))
        await entry.is_out(each)


@entry.OVER_HTTPS
async def test_new_password_is_a_new_session_here_and_the_end_of_the_others(
    server: ServerProcess, people: People
) -> None:
    page = await entry.newcomer(server, people, "Pam")
    other, socket = await other_browser(server, people, "Pam")
    people.expect_problems("403")
    old = await page.context.cookies()
    await page.goto(admin_url(server, "account"))
    await entry.live(page)
    await page.get_by_label("Present password").fill(GOOD)
    await page.get_by_label("New password").fill(BETTER)
    await page.get_by_label("The same again").fill(BETTER)
    began = time.monotonic()
    await page.get_by_role("button", name="Change the password").click()
    await page.get_by_text("1 other browser is signed out").first.wait_for()
    await socket.closed_after(began)
    await entry.is_out(other)
    await entry.live(page)
    await page.goto(admin_url(server, "account"))
    await page.get_by_role("heading", name="Your account").wait_for()
    await other.context.add_cookies(old)  # type: ignore[arg-type]
    await other.goto(admin_url(server, "account"))
    await entry.is_out(other)


# ── the accounts of others ──────────────────────────────────────────────────────────────────────


@entry.OVER_HTTPS
async def test_account_is_made_limited_and_removed_and_its_owner_notices_at_once(
    server: ServerProcess, people: People
) -> None:
    await verb(server, "create_room", name="den", title="Den")
    ann = await entry.newcomer(server, people, "Ann")
    people.expect_problems("403", "404")
    await ann.goto(admin_url(server, "accounts"))
    await ann.get_by_label("Name").fill("Bob")
    await ann.get_by_role("button", name="Create the account").click()
    link = await ann.locator("#link").inner_text()
    assert link.startswith(admin_url(server, "setup#"))
    bob = await entry.tab(people)
    socket = entry.Socket.of(bob)
    await entry.set_up(bob, link)
    await bob.goto(admin_url(server, "accounts"))
    await bob.get_by_role("heading", name="Accounts").wait_for()
    await entry.live(bob)

    await ann.goto(admin_url(server, "accounts"))
    assert link not in await ann.content()
    row = ann.locator("tr", has=ann.locator("bdi:text-is('Bob')"))
    await row.get_by_text("Change").first.click()
    await row.get_by_label("These rooms").check()
    await row.get_by_label("Rooms", exact=True).fill("den")
    began = time.monotonic()
    await row.get_by_role("button", name="Save").click()
    await row.get_by_role("link", name="den").wait_for()
    await socket.closed_after(began)
    await entry.is_out(bob)
    await entry.fill_login(bob, "Bob")
    await bob.get_by_role("heading", name="There is nothing at this address.").wait_for()
    await bob.goto(admin_url(server, "rooms/den"))
    await bob.get_by_role("heading", name="Den").wait_for()
    await entry.live(bob)

    await row.get_by_text("Remove").first.click()
    began = time.monotonic()
    await row.get_by_role("button", name="Remove", exact=True).click()
    await row.wait_for(state="detached")
    await socket.closed_after(began)
    await entry.is_out(bob)
    await entry.fill_login(bob, "Bob")
    await entry.alerts(bob, "wrong")
