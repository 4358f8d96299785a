"""The list of rooms and the form that makes one, as a browser without scripts has them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.web.admin.desk import Desk, desk_scenario, text_of


def shown(page: bytes) -> list[str]:
    """Return the names of the rooms that a list shows, in its order."""
    return re.findall(r'<tr id="room-([^"]+)"', page.decode())


@desk_scenario()
async def test_list_shows_every_room_with_a_way_to_it(desk: Desk) -> None:
    answer = await desk.ann.get("rooms")
    assert answer.status == 200
    assert shown(answer.body) == ["board", "den", "lobby", "vault"]
    assert b'href="../admin/rooms/vault"' in answer.body
    assert "Come in" in text_of(answer)
    assert answer.headers["Cache-Control"] == "no-store"


@desk_scenario()
async def test_list_is_searched_sorted_and_cut_by_its_address(desk: Desk) -> None:
    begun = desk.office.live.record("lobby")
    assert begun
    for number in range(120):
        desk.office.live.add(replace(begun, name=f"r{number:03}", title=f"Hall {number}"))
    first = await desk.ann.get("rooms?search=hall&sort=-title")
    assert shown(first.body)[0] == "r099"
    assert len(shown(first.body)) == 50
    assert "1–50 of 120" in text_of(first)
    assert b'href="?search=hall&amp;sort=-title&amp;page=2"' in first.body
    assert b'aria-sort="descending"' in first.body
    last = await desk.ann.get("rooms?search=hall&page=3")
    assert shown(last.body)[-1] == "r099"  # by title, as its heading says
    assert b'aria-sort="ascending"' in last.body
    assert "101–120 of 120" in text_of(last)
    assert b'rel="next"' not in last.body
    assert shown((await desk.ann.get("rooms?search=hall&page=9")).body) == []


@desk_scenario()
async def test_thousand_rooms_come_fifty_a_page(desk: Desk) -> None:
    begun = desk.office.live.record("lobby")
    assert begun
    for number in range(1000):
        desk.office.live.add(replace(begun, name=f"r{number:03}", pattern="support-*", last=1))
    for path in ("rooms", "rooms?pattern=*", "rooms?search=9&sort=-present&page=4"):
        assert len(shown((await desk.ann.get(path)).body)) == 50


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999999999", "sort=epoch", "search=%ff"]
)
def test_wrong_wishes_are_refused(tmp_path: Path, query: str) -> None:
    @desk_scenario()
    async def refused(desk: Desk) -> None:
        answer = await desk.ann.get(f"rooms?{query}")
        assert answer.status == 400

    refused(tmp_path)


@desk_scenario()
async def test_what_rooms_say_stays_text(desk: Desk) -> None:
    await desk.office.administration.set_room("den", title="<b>&amp;", topic='"><script>1</script>')
    for path in ("rooms", "rooms/den", "rooms/den/settings", "rooms/den/tokens"):
        page = (await desk.ann.get(path)).body.decode()
        assert "<script>1" not in page
        assert "<b>&amp;amp;" not in page.replace("&lt;", "<x")
        assert "&lt;b&gt;&amp;amp;" in page


@desk_scenario()
async def test_rooms_on_demand_show_their_last_line_and_who_waits(desk: Desk) -> None:
    record = desk.office.live.record("den")
    assert record
    desk.office.live.add(replace(record, pattern="support-*"))
    desk.office.live.unattended = {"den"}
    answer = await desk.ann.get("rooms?pattern=*")
    assert shown(answer.body) == ["den"]
    assert "waiting" in text_of(answer)
    assert "waiting" not in text_of(await desk.ann.get("rooms?pattern=talk-*"))


@desk_scenario()
async def test_archived_rooms_are_in_their_own_list(desk: Desk) -> None:
    assert (await desk.ann.post("rooms/den/archive")).status == 303
    assert "den" not in shown((await desk.ann.get("rooms")).body)
    assert shown((await desk.ann.get("rooms?state=archived")).body) == ["den"]
    assert (await desk.ann.post("rooms/den/unarchive")).headers[
        "Location"
    ] == "../../../admin/rooms/den"
    assert "den" in shown((await desk.ann.get("rooms")).body)


@desk_scenario()
async def test_moderator_sees_their_rooms_and_makes_none(desk: Desk) -> None:
    answer = await desk.mo.get("rooms")
    assert shown(answer.body) == ["lobby", "vault"]
    assert b"new-room" not in answer.body
    assert (await desk.mo.get("new-room")).status == 404
    assert (await desk.mo.post("new-room", name="tea")).status == 404
    for path in ("rooms/den", "rooms/den/settings", "rooms/den/tokens", "tokens"):
        assert (await desk.mo.get(path)).status == 404
    for path in ("rooms/den/lock", "rooms/den/settings", "rooms/den/tokens", "rooms/den/rotate"):
        assert (await desk.mo.post(path, version="1")).status == 404
    for path in ("rooms/lobby/archive", "rooms/lobby/delete", "tokens"):
        assert (await desk.mo.post(path, confirm="lobby")).status == 404
    assert desk.office.live.told == []


@desk_scenario()
async def test_nobody_sees_or_changes_anything(desk: Desk) -> None:
    for path in ("rooms", "new-room", "rooms/lobby", "rooms/lobby/settings", "tokens"):
        answer = await desk.nobody.get(path)
        assert (answer.status, "login" in answer.headers["Location"]) == (302, True)
    for path in ("new-room", "rooms/lobby/lock", "rooms/lobby/delete", "rooms/lobby/rotate"):
        assert (await desk.nobody.post(path, name="tea", confirm="lobby")).status == 403
    assert desk.office.live.told == []


@desk_scenario()
async def test_room_is_made_and_shown(desk: Desk) -> None:
    form = (await desk.ann.get("new-room")).body.decode()
    assert 'value="public" checked' in form
    made = await desk.ann.post(
        "new-room", name="tea", title="Tea", topic="Hot", access="private",
        origins="https://tea.example\r\n",
    )  # fmt: skip
    assert (made.status, made.headers["Location"]) == (303, "../admin/rooms/tea")
    record = desk.office.live.record("tea")
    assert record
    assert record.origins == ("https://tea.example",)
    assert (record.title, record.topic, record.access, record.guests) == (
        "Tea",
        "Hot",
        "private",
        False,
    )


@desk_scenario()
async def test_room_that_cannot_be_made_is_said_above_what_was_typed(desk: Desk) -> None:
    taken = await desk.ann.post("new-room", name="lobby", title="<Mine>", access="public")
    assert taken.status == 409
    assert b'value="&lt;Mine&gt;"' in taken.body
    assert "there is a room 'lobby' already" in text_of(taken)
    wrong = await desk.ann.post("new-room", name="No Room", access="public")
    assert wrong.status == 400
    assert b'value="No Room"' in wrong.body
    policy = "'unsafe-inline'; script-src *"
    wrong = await desk.ann.post("new-room", name="tea", access="public", origins=policy)
    assert wrong.status == 400
    assert "origins: expected origins such as" in text_of(wrong)
    assert ">&#x27;unsafe-inline&#x27;;\nscript-src\n*</textarea>" in wrong.body.decode()
    assert desk.office.live.told == []
