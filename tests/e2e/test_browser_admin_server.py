"""Dashboard, settings, backup and audit log in a browser, and what they change in another one."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.admin_place import NAME, SECRET_FILE, desk, write_password
from tests.e2e.browser import say, sees
from tests.kit.server import ServerProcess

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


@pytest.mark.parametrize("js", [True, False])
async def test_backup_is_made_and_downloaded(
    server: ServerProcess, people: People, tmp_path: Path, js: bool
) -> None:
    page = await desk(server, people, "backup", js=js)
    await page.get_by_role("button", name="Make a").click()
    link = page.get_by_role("link", name="Download")
    await link.wait_for(timeout=20_000)
    async with page.expect_download() as download:
        await link.click()
    target = tmp_path / "backup.db"
    await (await download.value).save_as(target)
    database = sqlite3.connect(target)
    try:
        assert database.execute("SELECT count(*) FROM room").fetchone() == (1,)
    finally:
        database.close()


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
