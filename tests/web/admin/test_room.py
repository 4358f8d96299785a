"""A room's own pages: what it is, its settings, and what two admins do to them at once."""

import html
import json
import re
from typing import Any

from tests.web.admin.desk import Desk, desk_scenario, flash_of, form_of, text_of
from tests.web.serving import Answer
from tornchat.store import RoomRecord

SETTINGS = "rooms/lobby/settings"


def stored(desk: Desk, name: str = "lobby") -> RoomRecord:
    return next(record for record in desk.office.store.rooms() if record.name == name)


def choices(answer: Answer) -> dict[str, tuple[tuple[str, bool], tuple[str, bool]]]:
    """Return each setting of a conflict page: theirs and mine, and which one is proposed."""
    found: dict[str, Any] = {}
    for tag in re.findall(r'<input type="radio"[^>]*>', answer.body.decode()):
        name = re.search(r'name="(\w+)"', tag)
        value = re.search(r'value="([^"]*)"', tag, re.S)
        assert name and value
        found.setdefault(name[1], []).append((html.unescape(value[1]), " checked" in tag))
    return {name: tuple(pair) for name, pair in found.items()}


@desk_scenario(base_url="https://site.example/chat")
async def test_room_shows_how_to_let_people_in(desk: Desk) -> None:
    answer = await desk.ann.get("rooms/vault")
    page, said = answer.body.decode(), text_of(answer)
    assert "https://site.example/chat/r/vault" in said
    tag = '<script async src="https://site.example/chat/widget.js" data-room="vault"></script>'
    assert html.escape(tag) in page
    assert '../docs/embed?room=vault"' in page
    assert 'src="data:image/svg+xml' in page
    assert "<script async" not in page


@desk_scenario()
async def test_room_without_a_configured_address_has_the_one_it_was_asked_at(desk: Desk) -> None:
    assert "http://chat.example/r/lobby" in text_of(await desk.ann.get("rooms/lobby"))


@desk_scenario()
async def test_room_that_is_not_there_is_404(desk: Desk) -> None:
    for path in ("rooms/attic", "rooms/attic/settings", "rooms/attic/tokens"):
        assert (await desk.ann.get(path)).status == 404
    assert (await desk.ann.post("rooms/attic/lock")).status == 404


# ── settings ────────────────────────────────────────────────────────────────────────────────────


@desk_scenario()
async def test_form_that_was_not_touched_changes_nothing(desk: Desk) -> None:
    before = stored(desk)
    answer = await desk.ann.fill(SETTINGS)
    assert answer.status == 303
    assert stored(desk) == before
    assert desk.office.live.told == []


@desk_scenario()
async def test_every_setting_is_saved_as_it_was_typed(desk: Desk) -> None:
    form = form_of((await desk.ann.get(SETTINGS)).body.decode())
    for box in ("guests", "join_lines"):
        assert form.pop(box) == "on"
    typed = {
        "title": "Hall", "topic": "Mind <the> step", "access": "read-only", "slow_mode": "90s",
        "history_age": "30d", "history_messages": "0", "words": "darn\r\n*heck*",
        "origins": "https://a.example\r\nHTTP://B.example:80, https://a.example",
    }  # fmt: skip
    answer = await desk.ann.post(SETTINGS, ("sites", "shop"), ("sites", "blog"), **form | typed)
    assert (answer.status, answer.headers["Location"]) == (
        303,
        "../../../admin/rooms/lobby/settings",
    )
    room = stored(desk)
    assert (room.title, room.topic, room.access) == ("Hall", "Mind <the> step", "read-only")
    assert (room.guests, room.join_lines, room.sites) == (False, False, ("blog", "shop"))
    assert (room.slow_mode, room.history_age, room.history_messages) == (90, 30 * 86400, 0)
    assert room.origins == ("https://a.example", "http://b.example")
    assert (room.words, room.version) == (("darn", "*heck*"), 2)
    again = form_of((await desk.ann.get(SETTINGS)).body.decode())
    assert again["slow_mode"] == "90s"
    assert again["history_age"] == "30d"
    assert again["origins"].split() == ["https://a.example", "http://b.example"]
    assert again["words"].split() == ["darn", "*heck*"]
    before = stored(desk)
    assert (await desk.ann.fill(SETTINGS)).status == 303
    assert stored(desk) == before
    back = await desk.ann.fill(SETTINGS, history_age="", history_messages="", words="")
    assert back.status == 303
    assert (stored(desk).history_age, stored(desk).words) == (None, ())


@desk_scenario()
async def test_only_what_was_touched_is_saved(desk: Desk) -> None:
    await desk.ann.fill(SETTINGS, topic="Mind the step")
    rows = await desk.office.administration.audit(verb="set_room")
    assert [(row.actor, json.loads(row.detail)) for row in rows] == [
        ("ann", {"version": 1, "topic": "…"})
    ]


@desk_scenario()
async def test_wrong_value_is_said_above_what_was_typed(desk: Desk) -> None:
    before = stored(desk)
    for wrong in ({"slow_mode": "soon"}, {"words": "a*b"}, {"history_messages": "-1"}):
        answer = await desk.ann.fill(SETTINGS, topic="Kept <this>", **wrong)
        assert answer.status == 400
        assert next(iter(wrong)) + ": expected" in text_of(answer)
        form = form_of(answer.body.decode())
        assert (form["topic"], form["version"]) == ("Kept <this>", "1")
        assert form[next(iter(wrong))] == next(iter(wrong.values()))
        assert stored(desk) == before
        mended = await desk.ann.post(SETTINGS, **form | dict.fromkeys(wrong, "0") | {"words": ""})
        assert mended.status == 303
        await desk.office.administration.set_room("lobby", topic=before.topic)
        before = stored(desk)
        break
    for wrong in ({"words": "a*b"}, {"history_messages": "-1"}, {"origins": "*"}):
        assert (await desk.ann.fill(SETTINGS, **wrong)).status == 400
    assert (await desk.ann.post(SETTINGS, fields="title", title="Mine")).status == 400
    assert stored(desk).title == "Lobby"


@desk_scenario()
async def test_moderator_finds_and_saves_what_is_theirs(desk: Desk) -> None:
    answer = await desk.mo.get(SETTINGS)
    form = form_of(answer.body.decode())
    assert form["fields"].split() == ["topic", "slow_mode", "join_lines", "words"]
    assert b"Delete for good" not in answer.body
    assert (await desk.mo.fill(SETTINGS, topic="Mine", slow_mode="10s")).status == 303
    assert (stored(desk).topic, stored(desk).slow_mode) == ("Mine", 10)
    form = form_of((await desk.mo.get(SETTINGS)).body.decode())
    forged = await desk.mo.post(SETTINGS, **form | {"fields": "title topic", "title": "Mine"})
    assert forged.status == 403
    assert stored(desk).title == "Lobby"


# ── two admins ──────────────────────────────────────────────────────────────────────────────────


@desk_scenario()
async def test_second_of_two_sees_both_values_and_nothing_is_overwritten(desk: Desk) -> None:
    form = form_of((await desk.ann.get(SETTINGS)).body.decode())
    await desk.mo.fill(SETTINGS, topic="Theirs", slow_mode="10s")
    after = stored(desk)
    answer = await desk.ann.post(SETTINGS, **form | {"topic": "Mine", "title": "Hall"})
    assert answer.status == 409
    assert stored(desk) == after
    assert choices(answer) == {
        "title": (("Lobby", False), ("Hall", True)),
        "topic": (("Theirs", False), ("Mine", True)),
        "slow_mode": (("10s", True), ("0", False)),
    }
    assert "mo has saved these settings" in text_of(answer)


@desk_scenario()
async def test_what_is_chosen_is_saved_and_the_rest_stays_theirs(desk: Desk) -> None:
    form = form_of((await desk.ann.get(SETTINGS)).body.decode())
    words = "darn\nheck"
    await desk.mo.fill(SETTINGS, topic="Theirs", slow_mode="10s", words=words)
    answer = await desk.ann.post(SETTINGS, **form | {"topic": "Mine", "title": "Hall"})
    chosen = form_of(answer.body.decode())
    assert (chosen["words"], chosen["slow_mode"]) == (words, "10s")
    assert (await desk.ann.post(SETTINGS, **chosen | {"topic": "Theirs"})).status == 303
    room = stored(desk)
    assert (room.title, room.topic, room.slow_mode) == ("Hall", "Theirs", 10)
    assert room.words == ("darn", "heck")
    assert (room.version, room.guests, room.join_lines) == (3, True, True)


@desk_scenario()
async def test_choice_is_asked_anew_where_a_third_was_faster_again(desk: Desk) -> None:
    form = form_of((await desk.ann.get(SETTINGS)).body.decode())
    await desk.mo.fill(SETTINGS, topic="Second")
    chosen = form_of((await desk.ann.post(SETTINGS, **form | {"topic": "Mine"})).body.decode())
    await desk.mo.fill(SETTINGS, topic="Third")
    answer = await desk.ann.post(SETTINGS, **chosen)
    assert answer.status == 409
    assert choices(answer) == {"topic": (("Third", False), ("Mine", True))}
    assert stored(desk).topic == "Third"


@desk_scenario()
async def test_boxes_that_differ_can_be_chosen_too(desk: Desk) -> None:
    form = form_of((await desk.ann.get(SETTINGS)).body.decode())
    theirs = form_of((await desk.mo.get(SETTINGS)).body.decode())
    del theirs["join_lines"]
    await desk.mo.post(SETTINGS, **theirs)
    answer = await desk.ann.post(SETTINGS, **form | {"topic": "Mine"})
    assert choices(answer)["join_lines"] == (("", True), ("on", False))
    chosen = form_of(answer.body.decode())
    assert (await desk.ann.post(SETTINGS, **chosen)).status == 303
    assert (stored(desk).join_lines, stored(desk).topic) == (False, "Mine")
    assert (await desk.ann.fill(SETTINGS, join_lines="on")).status == 303
    assert stored(desk).join_lines


@desk_scenario()
async def test_who_saved_the_same_has_nothing_to_choose(desk: Desk) -> None:
    form = form_of((await desk.ann.get(SETTINGS)).body.decode())
    await desk.mo.fill(SETTINGS, topic="Same")
    assert (await desk.ann.post(SETTINGS, **form | {"topic": "Same"})).status == 303
    assert (stored(desk).topic, stored(desk).version) == ("Same", 2)


@desk_scenario()
async def test_lock_in_between_is_no_conflict_and_stays(desk: Desk) -> None:
    form = form_of((await desk.ann.get(SETTINGS)).body.decode())
    await desk.mo.post("rooms/lobby/lock")
    assert (await desk.ann.post(SETTINGS, **form | {"topic": "Mine"})).status == 303
    assert (stored(desk).topic, stored(desk).locked) == ("Mine", True)


# ── as a whole ──────────────────────────────────────────────────────────────────────────────────


@desk_scenario()
async def test_room_is_locked_and_unlocked_by_its_moderator(desk: Desk) -> None:
    assert (await desk.mo.post("rooms/lobby/lock")).headers[
        "Location"
    ] == "../../../admin/rooms/lobby"
    assert stored(desk).locked
    assert "Unlock" in text_of(await desk.mo.get("rooms/lobby"))
    await desk.mo.post("rooms/lobby/unlock")
    assert not stored(desk).locked
    assert (await desk.mo.get("rooms/lobby/lock")).status == 405


@desk_scenario()
async def test_room_is_deleted_by_who_types_its_name(desk: Desk) -> None:
    for typed in ("", "Lobby", "lobb"):
        assert (await desk.ann.post("rooms/lobby/delete", confirm=typed)).status == 400
    assert desk.office.live.told == []
    gone = await desk.ann.post("rooms/lobby/delete", confirm="lobby")
    assert (gone.status, gone.headers["Location"]) == (303, "../../../admin/rooms")
    assert desk.office.live.record("lobby") is None
    assert "lobby" not in [record.name for record in desk.office.store.rooms()]


@desk_scenario()
async def test_what_was_done_is_said_by_the_next_page_and_not_by_a_newer_part(desk: Desk) -> None:
    flash = flash_of(await desk.ann.post("rooms/lobby/lock"))
    part = await desk.ann.get("rooms/lobby", "X-Refresh: 1", flash=flash)
    assert "The room is locked" not in text_of(part)
    assert "Set-Cookie" not in part.headers
    page = await desk.ann.get("rooms/lobby", flash=flash)
    assert "The room is locked" in text_of(page)
    assert flash_of(page) == ""
