"""Dashboard, settings, backup and audit log in a browser, and what they change in another one."""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e import admin_entry as entry
from tests.e2e.access import verb
from tests.e2e.admin_place import NAME, SECRET_FILE, desk, go, write_password
from tests.e2e.browser import enter, say, sees
from tests.kit.server import TORNCHAT, ServerProcess
from tests.server import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from tests.e2e.browser import People

CONFIG = {
    "rooms": {"presence_grace": "0s"},
    "admin": {"password_file": SECRET_FILE},
    "room lobby": {"title": "Lobby"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    write_password(folder)
    with ServerProcess(folder, CONFIG) as found:
        yield found


async def test_dashboard_counts_who_comes_while_one_looks(
    server: ServerProcess, people: People
) -> None:
    page = await desk(server, people, "")
    figure = page.locator("[data-figure=connections]")
    await figure.filter(has_text="1").wait_for()
    await people.new_person("Ben")
    await page.locator("[data-figure=connections]:text-is('2')").wait_for(timeout=15_000)
    legend = page.locator("#chart-connections .legend")
    await legend.get_by_text("WebSocket 2").wait_for(timeout=30_000)
    await page.get_by_role("link", name="Day").click()
    await page.wait_for_url("**/admin/?span=day")
    await legend.get_by_text("WebSocket").wait_for()


async def test_setting_holds_for_who_sits_in_the_room_and_is_taken_back(
    server: ServerProcess, people: People
) -> None:
    ann = await people.new_person("Ann")
    page = await desk(server, people, "settings")
    people.expect_problems("400 (Bad Request)")
    await change(page, "rooms.allow_guests", "maybe")
    await page.get_by_text("expected yes or no, got 'maybe'").first.wait_for()
    await change(page, "limits.text_length", "5")
    row = page.locator("tr[id='limits.text_length']")
    await row.get_by_text("this page").wait_for()
    await say(ann, "far too long")
    await ann.get_by_text("expected at most 5 characters").wait_for()
    await row.locator("summary").click()
    await row.get_by_role("button", name="Back to 4000").click()
    await row.get_by_text("default").wait_for()
    await say(ann, "long enough for everybody")
    await sees(ann, "long enough for everybody")


async def change(page: Page, key: str, text: str) -> None:
    row = page.locator(f"tr[id='{key}']")
    if not await row.locator("details[open]").count():
        await row.locator("summary").click()
    await row.get_by_role("textbox").fill(text)
    await row.get_by_role("button", name="Save").click()


@pytest.mark.parametrize("js", [True, pytest.param(False, marks=pytest.mark.thorough)])
async def test_backup_is_made_downloaded_and_restored(
    server: ServerProcess, people: People, tmp_path: Path, js: bool
) -> None:
    ann = await people.new_person("Ann")
    await say(ann, f"worth keeping {js}")
    await sees(ann, f"worth keeping {js}")
    page = await desk(server, people, "backup", js=js)
    await page.get_by_role("button", name="Make a").click()
    link = page.get_by_role("link", name="Download")
    await link.wait_for(timeout=20_000)
    async with page.expect_download() as download:
        await link.click()
    target = tmp_path / "backup.db"
    await (await download.value).save_as(target)
    other = ServerProcess(tmp_path, CONFIG)
    write_password(tmp_path)
    restore = (*TORNCHAT, "restore", str(target), "--config", str(other.config_file))
    done = await asyncio.to_thread(
        subprocess.run, restore, env=environment(), capture_output=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr.decode()
    async with other:
        ben = await people.open_room(await people.new_context(), url=other.url)
        await enter(ben, "Ben")
        await sees(ben, f"worth keeping {js}")


async def test_what_was_done_appears_in_the_audit_log_and_in_its_export(
    server: ServerProcess, people: People, tmp_path: Path
) -> None:
    page = await desk(server, people, "audit")
    other = await desk(server, people, "settings")
    await change(other, "limits.burst", "11")
    await page.locator("#audit tr").filter(has_text="[limits] burst").first.wait_for()
    await page.get_by_label("What").select_option("set_setting")
    await page.get_by_role("button", name="Apply").click()
    await page.wait_for_url("**verb=set_setting**")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="CSV").click()
    target = tmp_path / "audit.csv"
    await (await download.value).save_as(target)
    rows = list(csv.DictReader(target.read_text("utf-8").splitlines()))
    assert {row["verb"] for row in rows} == {"set_setting"}
    assert (rows[0]["actor"], rows[0]["subject"]) == (NAME, "[limits] burst")


async def test_audit_log_says_who_did_what_to_whom_and_from_where(
    server: ServerProcess, people: People, tmp_path: Path
) -> None:
    await verb(server, "create_room", name="court")
    await verb(server, "lock_room", name="court")
    page = await desk(server, people, "bans")
    await page.locator("summary", has_text="New ban").click()
    await page.get_by_label("Address or person").fill("192.0.2.44")
    await page.get_by_label("Reason").fill("=2+5")
    await page.get_by_role("button", name="Ban or mute").click()
    await page.get_by_role("link", name="Audit").first.click()
    rows = page.locator("#audit tbody tr")
    await page.get_by_label("Search who and whom").fill("192.0.2.44")
    await page.get_by_role("button", name="Apply").click()
    await page.wait_for_url("**search=192.0.2.44**")
    await rows.filter(has_text="192.0.2.44").first.wait_for()
    said = await rows.all_inner_texts()
    assert len(said) == 1
    for words in (NAME, "admin", "127.0.0.", "192.0.2.44", "=2+5"):
        assert words in said[0]
    for kind, name in (("CSV", "audit.csv"), ("JSON lines", "audit.ndjson")):
        async with page.expect_download() as download:
            await page.get_by_role("link", name=kind).click()
        await (await download.value).save_as(tmp_path / name)
    (row,) = [json.loads(line) for line in (tmp_path / "audit.ndjson").read_text().splitlines()]
    assert (row["actor"], row["verb"], row["subject"]) == (NAME, "add_ban", "192.0.2.44")
    assert ",=2+5" not in (tmp_path / "audit.csv").read_text(), "no formula for a spreadsheet"

    await go(server, page, "audit")
    await page.get_by_role("textbox", name="Room").fill("court")
    await page.get_by_role("button", name="Apply").click()
    await page.wait_for_url("**room=court**")
    assert ["court" in text for text in await rows.all_inner_texts()] == [True, True]
    await page.get_by_label("From").fill("2040-01-01")
    await page.get_by_role("button", name="Apply").click()
    await page.get_by_role("heading", name="Nothing like that").wait_for()


async def test_new_link_of_an_account_brings_a_new_password_and_ends_the_old_one(
    server: ServerProcess, people: People
) -> None:
    people.expect_problems("403")
    bob = await entry.newcomer(server, people, "Bob")
    await entry.live(bob)
    page = await desk(server, people, "accounts")
    row = page.locator("tr", has=page.locator("bdi:text-is('Bob')"))
    await row.get_by_text("New link").click()
    await row.get_by_role("button", name="Make the link").click()
    link = await page.locator("#link").inner_text()
    again = await entry.tab(people)
    await entry.set_up(again, link, password=entry.BETTER)
    await entry.is_out(bob)
    await entry.fill_login(bob, "Bob")
    await entry.alerts(bob, "wrong")
    await entry.fill_login(bob, "Bob", entry.BETTER)
    await bob.wait_for_selector(".shell")
