"""The settings as a page, and the backup, as a browser without scripts has them."""

import asyncio
import re
from typing import Any

from tests.web.admin.desk import Desk, desk_scenario, flash_of, text_of
from tornchat.config.keys import KEYS


@desk_scenario()
async def test_page_shows_every_key_and_offers_what_can_be_changed(desk: Desk) -> None:
    page = (await desk.ann.get("settings")).body.decode()
    assert set(re.findall(r'<tr id="([^"]+)"', page)) >= {f"{k.section}.{k.name}" for k in KEYS}
    offered = set(re.findall(r'<input id="set-([^"]+)"', page))
    assert offered == {f"{k.section}.{k.name}" for k in KEYS if k.on_page}
    assert "tornchat.conf:2" in page


@desk_scenario()
async def test_setting_is_changed_and_taken_back(desk: Desk) -> None:
    done = await desk.ann.post("settings", section="limits", name="burst", text=" 20 ")
    assert (done.status, done.headers["Location"]) == (303, "../admin/settings#limits.burst")
    assert flash_of(done)
    assert desk.office.machine.applied[-1].limits.burst == 20
    page = await desk.ann.get("settings")
    assert "burst" in text_of(page) and "1 is set on this page" in text_of(page)
    assert "Back to 7" in text_of(page)
    await desk.ann.post("settings", section="limits", name="burst", reset="1")
    assert desk.office.machine.applied[-1].limits.burst == 7
    assert "set on this page" not in text_of(await desk.ann.get("settings"))


@desk_scenario()
async def test_wrong_value_is_said_beside_the_field_that_keeps_it(desk: Desk) -> None:
    answer = await desk.ann.post("settings", section="limits", name="burst", text="<many>")
    assert answer.status == 400
    page = answer.body.decode()
    assert '<details class="pop" open>' in page
    assert 'value="&lt;many&gt;"' in page and 'aria-invalid="true"' in page
    assert "expected a whole number" in text_of(answer)
    assert not desk.office.machine.applied


@desk_scenario()
async def test_what_the_environment_says_is_not_offered_and_not_set(desk: Desk) -> None:
    desk.office.machine.environ["TORNCHAT_LIMITS_BURST"] = "3"
    page = (await desk.ann.get("settings")).body.decode()
    assert 'id="set-limits.burst"' not in page and "TORNCHAT_LIMITS_BURST" in page
    answer = await desk.ann.post("settings", section="limits", name="burst", text="9")
    assert answer.status == 409
    assert "has the last word" in text_of(answer)


@desk_scenario()
async def test_unknown_setting_is_not_there(desk: Desk) -> None:
    assert (await desk.ann.post("settings", section="limits", name="x", text="1")).status == 404
    assert (await desk.ann.post("settings")).status == 404


@desk_scenario()
async def test_settings_and_backups_are_for_admins(desk: Desk) -> None:
    for path in ("settings", "backup", "backup/download"):
        assert (await desk.mo.get(path)).status == 404
        assert (await desk.nobody.get(path)).status == 302
    for path in ("settings", "backup"):
        assert (await desk.mo.post(path, section="limits", name="burst", text="1")).status == 404
        assert (await desk.nobody.post(path)).status == 403
    assert not desk.office.machine.applied


# ── the backup ──────────────────────────────────────────────────────────────────────────────────


async def ready(desk: Desk) -> Any:
    async with asyncio.timeout(20):
        while (found := await desk.office.administration.backup()).state != "ready":
            await asyncio.sleep(0.001)
    return found


@desk_scenario()
async def test_backup_is_made_waited_for_and_downloaded(desk: Desk) -> None:
    assert "Make a backup" in text_of(await desk.ann.get("backup"))
    assert (await desk.ann.get("backup/download")).status == 404
    begun = await desk.ann.post("backup")
    assert (begun.status, begun.headers["Location"]) == (303, "../admin/backup")
    found = await ready(desk)
    page = await desk.ann.get("backup")
    assert "Ready" in text_of(page) and "Refresh" not in page.headers
    file = await desk.ann.get("backup/download")
    assert file.status == 200
    assert len(file.body) == found.size == int(file.headers["Content-Length"])
    assert file.body.startswith(b"SQLite format 3\0")
    name = r'attachment; filename="tornchat-2027-01-15-\d{4}\.db"'
    assert re.fullmatch(name, file.headers["Content-Disposition"])
    assert file.headers["Cache-Control"] == "no-store"


@desk_scenario()
async def test_page_looks_again_by_itself_while_the_backup_is_made(desk: Desk) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(target: Any, tell: Any) -> None:
        tell("copying", 0.25)
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(10)
        target.write_bytes(b"x")

    desk.office.store.backup = slow  # type: ignore[method-assign]
    await desk.ann.post("backup")
    while not (await desk.office.administration.backup()).part:
        await asyncio.sleep(0.001)
    page = await desk.ann.get("backup")
    assert page.headers["Refresh"] == "2"
    assert "Copying: 25 %" in text_of(page)
    assert (await desk.ann.post("backup")).status == 409
    gate.set()
    await ready(desk)


@desk_scenario()
async def test_failed_backup_says_why(desk: Desk) -> None:
    def broken(target: Any, tell: Any) -> None:
        raise OSError("no space on <device>")

    desk.office.store.backup = broken  # type: ignore[method-assign]
    await desk.ann.post("backup")
    while (await desk.office.administration.backup()).state != "failed":
        await asyncio.sleep(0.001)
    answer = await desk.ann.get("backup")
    assert "no space on <device>" in text_of(answer)


@desk_scenario()
async def test_sections_of_a_long_file_are_not_all_on_the_page(desk: Desk) -> None:
    path = desk.office.machine.file
    path.write_text(path.read_text() + "".join(f"[room r{n}]\ntitle = R\n" for n in range(40)))
    page = (await desk.ann.get("settings")).body.decode()
    shown = re.findall(r"<code>\[room r\d+\]</code>", page)
    left = re.search(r">(\d+) more sections", page)
    assert left and len(shown) + int(left[1]) >= 40 > len(shown) > 10
