"""Every way in to the admin page, in real browsers, over http and over https."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pyotp
import pytest

from tests.cli.place import process
from tests.e2e import admin_entry as entry
from tests.e2e.access import verb
from tests.e2e.admin_entry import BETTER, GOOD, admin_url
from tests.kit.server import ServerProcess
from tests.kit.waiting import until_true
from tests.web.admin.test_walk import OPEN, OWN, TARGETS
from tests.web.walk import methods_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.async_api import Page

    from tests.e2e.browser import People

EVIL = ("//evil.example", "https:evil.example", "/\\evil.example", "rooms%0D%0ALocation:%20//evil")
LIFE = 3
FETCH = """async (paths) => {
    const found = {};
    for (const path of paths) {
        const { status, headers, url } = await fetch(path, { cache: 'no-cache' });
        found[path] = [status, headers.get('Cache-Control'), url];
    }
    return found;
}"""


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, https=request.param == "https") as found:
        yield found


def like(server: ServerProcess, folder: Path, *options: Any, **more: Any) -> ServerProcess:
    """Return another server on the same scheme, which has not started."""
    return ServerProcess(folder, *options, https=server.tls is not None, **more)


# ── links ───────────────────────────────────────────────────────────────────────────────────────


@entry.OVER_BOTH
async def test_printed_link_lets_the_first_admin_in_and_its_code_leaves_the_address_bar(
    server: ServerProcess, people: People, tmp_path: Path
) -> None:
    async with like(server, tmp_path) as fresh:
        link, page = entry.printed_link(fresh), await entry.tab(people)
        assert link.startswith(fresh.url)
        code = link.partition("#")[2]
        await page.goto(link)
        assert page.url == admin_url(fresh, "setup")
        assert not await page.locator("[data-setup-code]").is_visible()
        await entry.set_up(page, link)
        assert page.url == admin_url(fresh)
        assert fresh.log.count(code) == 1, "printed once, and in no other line"
        again = await entry.tab(people)
        await again.goto(link)
        people.expect_problems("403")
        await entry.fill_new_password(again)
        await entry.alerts(again, "used already")


@entry.OVER_HTTPS
async def test_command_line_makes_an_account_and_lets_in_who_is_locked_out(
    server: ServerProcess, people: People
) -> None:
    """The link to a new password ends what was signed in by the old one, and its socket."""
    await verb(server, "create_room", name="yard", title="Yard")
    made = await command(server, "add", "Cleo", "--room", "yard")
    old = await entry.tab(people)
    socket = entry.Socket.of(old)
    await entry.set_up(old, made["link"])
    assert old.url == admin_url(server, "rooms")
    await entry.live(old)
    made = await command(server, "link", "Cleo")
    assert made["link"].startswith(admin_url(server, "setup#"))
    people.expect_problems("403")
    new = await entry.tab(people)
    await new.goto(made["link"])
    began = time.monotonic()
    await entry.fill_new_password(new, BETTER)
    await new.wait_for_selector(".shell")
    await socket.closed_after(began)
    await entry.is_out(old)
    await entry.fill_login(old, "Cleo", GOOD)
    await entry.alerts(old, "wrong")
    await entry.sign_in(server, old, "Cleo", BETTER)


async def command(server: ServerProcess, *arguments: str) -> dict[str, Any]:
    """Run `tornchat admin …` beside the server."""
    done = await asyncio.to_thread(process, server.folder, "admin", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


# ── passwords ───────────────────────────────────────────────────────────────────────────────────


@entry.OVER_BOTH
async def test_login_works_without_scripts_and_the_back_button_shows_nothing_after_it(
    server: ServerProcess, people: People
) -> None:
    page = await entry.tab(people, java_script_enabled=False)
    made = await verb(server, "add_account", name="Nora")
    link, _, code = urljoin(server.url, made["link"]).partition("#")
    await page.goto(link)
    await page.locator("[data-setup-code]").fill(code)
    await entry.fill_new_password(page)
    await page.wait_for_selector(".shell")
    await page.goto(admin_url(server, "account"))
    await page.get_by_label("Present password").fill(GOOD)
    await page.get_by_label("New password").fill(BETTER)
    await page.get_by_label("The same again").fill(BETTER)
    before = await entry.session_id(server, page.context)
    await page.get_by_role("button", name="Change the password").click()
    await page.get_by_text("Your password is changed.").wait_for()
    assert await entry.session_id(server, page.context) != before
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_text("You are signed out.").wait_for()
    await page.go_back()
    await entry.is_out(page)
    people.expect_problems("403")
    await entry.fill_login(page, "Nora", GOOD)
    await entry.alerts(page, "wrong")
    await entry.fill_login(page, "Nora", BETTER)
    await page.wait_for_selector(".shell")


@entry.OVER_HTTPS
async def test_sixth_wrong_password_waits_and_the_right_one_too(
    server: ServerProcess, people: People
) -> None:
    page = await entry.newcomer(server, people, "Wim")
    people.expect_problems("403", "429")
    await page.context.clear_cookies()
    await page.goto(admin_url(server, "login"))
    for _ in range(5):
        await entry.fill_login(page, "Wim", BETTER)
        await entry.alerts(page, "wrong")
    async with page.expect_response(admin_url(server, "login")) as answered:
        await entry.fill_login(page, "Wim", GOOD)
    answer = await answered.value
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    await page.get_by_role("alert").wait_for()
    assert await page.locator(".shell").count() == 0


@entry.OVER_HTTPS
async def test_login_leads_nowhere_else(server: ServerProcess, people: People) -> None:
    page = await entry.newcomer(server, people, "Eva")
    for way in EVIL:
        await page.goto(admin_url(server, f"login?next={way}"))
        assert page.url == admin_url(server)
    for way in EVIL:
        await page.context.clear_cookies()
        await entry.sign_in(server, page, "Eva", way=way)
        assert page.url == admin_url(server)


@entry.OVER_HTTPS
async def test_browser_that_keeps_no_cookies_is_told_so(
    server: ServerProcess, people: People
) -> None:
    page = await entry.tab(people)
    people.expect_problems("403")
    await page.goto(admin_url(server, "login"))
    await page.context.clear_cookies()
    await entry.fill_login(page, "Nobody")
    await page.get_by_text("your browser keeps no cookies").first.wait_for()


@entry.OVER_BOTH
async def test_password_of_a_file_holds_from_the_next_start_on(
    server: ServerProcess, people: People, tmp_path: Path
) -> None:
    """Named in the configuration, or by the environment."""
    secret = tmp_path / "admin.password"
    secret.write_text(f"{GOOD}\n")
    secret.chmod(0o600)
    config = {"admin": {"password_file": secret.name}}
    env = {"TORNCHAT_ADMIN_PASSWORD_FILE": str(secret)}
    place = like(server, tmp_path, None, env=env) if server.tls else like(server, tmp_path, config)
    async with place as found:
        assert "Set up the admin page" not in found.log
        page = await entry.sign_in(found, await entry.tab(people), "admin")
        secret.write_text(BETTER)
        people.expect_problems("403", "ERR_", "WebSocket", "Failed to load")
        await found.restart()
        await page.goto(admin_url(found, "account"))
        await entry.fill_login(page, "admin", GOOD)
        await entry.alerts(page, "wrong")
        await entry.fill_login(page, "admin", BETTER)
        await page.wait_for_selector(".shell")
        for text in (GOOD, BETTER):
            assert text not in found.log


# ── the second factor ───────────────────────────────────────────────────────────────────────────


@entry.OVER_HTTPS
async def test_second_factor_is_asked_for_while_it_is_on(
    server: ServerProcess, people: People
) -> None:
    page = await entry.newcomer(server, people, "Tess")
    await page.goto(admin_url(server, "account/second-factor"))
    totp = pyotp.TOTP((await page.locator("#secret").inner_text()).replace(" ", ""))
    await page.get_by_label("Code", exact=True).fill(totp.now())
    await page.get_by_label("Your password").fill(GOOD)
    await page.get_by_role("button", name="Turn it on").click()
    await page.get_by_text("each login asks for a code").first.wait_for()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    people.expect_problems("403")
    await entry.fill_login(page, "Tess")
    await entry.alerts(page, "wrong")
    # The code that turned it on is used up: the next one is good half a minute early.
    step = int(time.time()) // 30 + 1
    await entry.fill_login(page, "Tess", GOOD, totp.at(step * 30))
    await page.wait_for_selector(".shell")
    await page.goto(admin_url(server, "account"))
    await turn_off(page, BETTER)
    await entry.alerts(page, "wrong")
    await turn_off(page, GOOD)
    await page.get_by_text("Logins ask for no code any more.").first.wait_for()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await entry.fill_login(page, "Tess")
    await page.wait_for_selector(".shell")


async def turn_off(page: Page, password: str) -> None:
    await page.locator("#off-password").fill(password)
    await page.get_by_role("button", name="Turn it off").click()


# ── how far in, and for how long ────────────────────────────────────────────────────────────────


@entry.OVER_HTTPS
async def test_moderator_of_a_room_sees_it_and_nothing_else(
    server: ServerProcess, people: People
) -> None:
    """Every page that there is, of another room and of the server, is none for them."""
    await verb(server, "create_room", name="den", title="Den")
    page = await entry.newcomer(server, people, "mo", rooms=["den"])
    assert page.url == admin_url(server, "rooms")
    await page.get_by_text("Den").first.wait_for()
    people.expect_problems("404")
    closed = [pattern for pattern in TARGETS if pattern not in OPEN | OWN]
    paths = [TARGETS[pattern] for pattern in closed if "GET" in methods_of(pattern)]
    found = await page.evaluate(FETCH, paths)
    assert len(found) > 15
    for path, (status, kept, url) in found.items():
        assert (status, kept) == (404, "no-store"), path
        assert url.endswith(path)
    for path in ("rooms/den", "rooms/den/messages", "rooms/den/people", "account"):
        answer = await page.goto(admin_url(server, path))
        assert answer is not None
        assert answer.status == 200
    assert await page.get_by_role("link", name="Accounts").count() == 0


@entry.OVER_HTTPS
@pytest.mark.parametrize("key", ["session_idle", "session_age"])
async def test_session_ends_when_its_time_has_come(
    server: ServerProcess, people: People, tmp_path: Path, key: str
) -> None:
    """By its age it ends whatever one does."""
    async with like(server, tmp_path, {"admin": {key: f"{LIFE}s"}}) as brief:
        page = await entry.tab(people)
        people.expect_problems("403")
        began = time.monotonic()
        await entry.set_up(page, entry.printed_link(brief))
        await page.goto("about:blank")

        async def is_over() -> bool:
            if key == "session_age":
                await page.context.request.get(admin_url(brief, "account"))
            return (await verb(brief, "accounts"))[0]["sessions"] == 0

        await until_true(is_over, "it has ended")
        assert time.monotonic() - began >= LIFE
        await page.goto(admin_url(brief, "account"))
        await entry.is_out(page)
