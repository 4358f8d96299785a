"""The pages of messages: a room's, the search, deletions that can be called off."""

import asyncio
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from tests.chat.place import Line, say
from tests.web.admin.desk import text_of
from tests.web.admin.hall import Hall, flash, hall_scenario, who
from tests.web.serving import Answer
from tornchat.admin.deletions import PAUSE_SECONDS

ROW = re.compile(r'<li class="(message[^"]*)" id="m([^"]*)".*?</li>', re.S)
TEXT = r'<p class="text".*?>(.*?)</p>'


def shown(answer: Answer) -> dict[str, str]:
    """Return the texts of the rows of a page, by the end of their ids."""
    assert answer.status == 200, (answer.status, answer.body[-2000:])
    page = re.sub(r"<template.*?</template>", "", answer.body.decode(), flags=re.S)
    texts = (
        (m[2], re.search(r'<p class="text".*?>(.*?)</p>', m[0], re.S)) for m in ROW.finditer(page)
    )
    return {name: unescape(re.sub(r"<[^>]*>", "", text[1])) for name, text in texts if text}


def classes(answer: Answer) -> dict[str, str]:
    """Return the classes of the rows of a page."""
    return {m[2]: m[1] for m in ROW.finditer(answer.body.decode())}


def link(answer: Answer, words: str) -> str | None:
    """Return where the link leads that says this."""
    found = re.search(rf'href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?{words}<', answer.body.decode())
    return unescape(found[1]) if found else None


async def talk(hall: Hall, *texts: str, name: str = "Ann", room: str = "lobby") -> Line:
    line = await hall.place.guest(name, room)
    for number, text in enumerate(texts):
        await say(line, text, f"c{number}", room)
    return line


async def pass_pause(hall: Hall) -> None:
    hall.place.timers.pass_time(PAUSE_SECONDS)
    while hall.place.deletions._at_work:
        await asyncio.wait(hall.place.deletions._at_work)


# ── one room ─────────────────────────────────────────────────────────────────────────────────────


@hall_scenario()
async def test_newest_messages_are_shown_to_be_followed(hall: Hall) -> None:
    await talk(hall, "one", "<b>two</b> & more")
    for browser in (hall.ann, hall.mo):
        answer = await browser.get("rooms/lobby/messages")
        assert shown(answer) == {"1": "one", "2": "<b>two</b> & more"}
        assert b"<b>two</b>" not in answer.body
        assert b'data-follow="lobby" data-last="2"' in answer.body
        assert b'<template id="message-row">' in answer.body


@hall_scenario()
async def test_pages_lead_to_older_messages_and_back(hall: Hall) -> None:
    await talk(hall, *(f"line {number}" for number in range(1, 121)))
    newest = await hall.ann.get("rooms/lobby/messages")
    assert list(shown(newest)) == [str(seq) for seq in range(71, 121)]
    older = link(newest, "Older messages")
    assert (older, link(newest, "Newer messages")) == ("?before=71", None)
    answer = await hall.ann.get(f"rooms/lobby/messages{older}")
    assert list(shown(answer)) == [str(seq) for seq in range(21, 71)]
    assert b"data-follow" not in answer.body
    assert link(answer, "Newer messages") == "?after=70"
    assert link(answer, "Older messages") == "?before=21"
    answer = await hall.ann.get("rooms/lobby/messages?before=21")
    assert (next(iter(shown(answer))), link(answer, "Older messages")) == ("1", None)
    answer = await hall.ann.get("rooms/lobby/messages?after=70")
    assert (list(shown(answer))[-1], link(answer, "Newer messages")) == ("120", None)


@hall_scenario()
async def test_one_jumps_to_a_message_and_to_a_day(hall: Hall) -> None:
    await talk(hall, *(f"line {number}" for number in range(1, 121)))
    rows = list(shown(await hall.ann.get("rooms/lobby/messages?around=30")))
    assert (rows[0], rows[-1], "30" in rows) == ("5", "54", True)
    answer = await hall.ann.get("rooms/lobby/messages?date=2020-02-29")
    assert next(iter(shown(answer))) == "1"
    assert list(shown(await hall.ann.get("rooms/lobby/messages?date=2999-01-01")))[-1] == "120"


@hall_scenario()
async def test_what_happened_to_a_message_is_told(hall: Hall) -> None:
    line = await talk(hall, "one", "two")
    person = line.client.person
    await hall.place.hub.write("lobby", "edited", person=person, target=1, text="uno")
    await line.say(type="delete", room="lobby", target=2, client_id="d")
    await line.get("ack", client_id="d")
    await hall.place.admin.announce("Hello all")
    answer = await hall.ann.get("rooms/lobby/messages")
    assert shown(answer) == {"1": "uno", "2": "Message deleted", "5": "Hello all"}
    assert classes(answer) == {"1": "message", "2": "message gone", "5": "message line"} | {
        "0": "message"
    }
    said = text_of(answer)
    assert "Announcement" in said
    page = answer.body.decode()
    assert (page.count('edited">'), page.count('edited" hidden>')) == (1, 3)


@hall_scenario()
async def test_room_is_searched_and_hits_are_marked(hall: Hall) -> None:
    await talk(hall, "Green TEAs please", "coffee")
    await talk(hall, "tea in the den", name="Bob", room="den")
    for browser in (hall.ann, hall.mo):
        answer = await browser.get("rooms/lobby/messages?search=tea")
        assert shown(answer) == {"1": "Green TEAs please"}
        assert b"Green <mark>TEAs</mark> please" in answer.body
        assert f'href="{_up(answer)}rooms/lobby/messages?around=1#m1"'.encode() in answer.body
    assert "Nothing found" in text_of(await hall.ann.get("rooms/lobby/messages?search=cocoa"))


def _up(answer: Answer) -> str:
    """The relative way to the admin part that a page uses."""
    found = re.search(r'action="([^"]*)rooms/lobby/messages"', answer.body.decode())
    assert found
    return found[1]


@hall_scenario()
async def test_what_one_person_wrote_is_listed_and_deleted(hall: Hall) -> None:
    ann = await talk(hall, "one", "two")
    await talk(hall, "mine", name="Bob")
    answer = await hall.mo.get(f"rooms/lobby/messages?person={who(ann)}")
    assert list(shown(answer).values()) == ["two", "one"]
    assert f"Only what Ann {who(ann)} has written here" in text_of(answer)
    done = flash(await hall.mo.post("rooms/lobby/messages/delete-of", person=who(ann)))
    assert done == (303, "2 messages are deleted in 10 seconds.", "messages/call-off/1")
    await pass_pause(hall)
    page = await hall.mo.get("rooms/lobby/messages")
    assert list(shown(page).values()) == ["Message deleted", "Message deleted", "mine"]


@hall_scenario()
async def test_chosen_messages_are_marked_and_go_after_the_pause(hall: Hall) -> None:
    await talk(hall, "one", "two", "three")
    back = await hall.mo.post("rooms/lobby/messages/delete", ("seq", "1"), ("seq", "3"), around="2")
    assert back.headers["Location"].endswith("rooms/lobby/messages?around=2")
    assert flash(back) == (303, "2 messages are deleted in 10 seconds.", "messages/call-off/1")
    page = await hall.ann.get("rooms/lobby/messages")
    found = classes(page)
    assert (found["1"], found["2"], found["3"]) == ("message pending", "message", "message pending")
    assert "2 messages will be deleted in a moment; mo asked for it" in text_of(page)
    await pass_pause(hall)
    page = await hall.ann.get("rooms/lobby/messages")
    assert list(shown(page).values()) == ["Message deleted", "two", "Message deleted"]
    assert "in a moment" not in text_of(page)


@hall_scenario()
async def test_deletion_is_called_off(hall: Hall) -> None:
    await talk(hall, "one")
    _, _, undo = flash(await hall.mo.post("rooms/lobby/messages/delete", seq="1"))
    called = await hall.mo.post(undo)
    assert flash(called)[:2] == (303, "Called off: nothing is deleted.")
    assert called.headers["Location"].endswith("rooms/lobby/messages")
    await pass_pause(hall)
    assert list(shown(await hall.ann.get("rooms/lobby/messages")).values()) == ["one"]
    assert "Too late" in flash(await hall.ann.post(undo))[1]


@hall_scenario()
async def test_moderator_comes_to_no_other_room(hall: Hall) -> None:
    ann = await talk(hall, "secret", room="den")
    await hall.ann.post("rooms/den/messages/delete", seq="1")
    for answer in (
        await hall.mo.get("rooms/den/messages"),
        await hall.mo.get("rooms/attic/messages"),
        await hall.mo.get("messages?search=secret"),
        await hall.mo.get("announce"),
        await hall.mo.post("rooms/den/messages/delete", seq="1"),
        await hall.mo.post("rooms/den/messages/delete-of", person=who(ann)),
        await hall.mo.post("messages/delete", seq="den:1"),
        await hall.mo.post("messages/delete-of", person=who(ann)),
        await hall.mo.post("announce", text="Hello"),
    ):
        assert (answer.status, b"secret" in answer.body) == (404, False)
    assert "Too late" in flash(await hall.mo.post("messages/call-off/1"))[1]
    await pass_pause(hall)
    assert list(shown(await hall.ann.get("rooms/den/messages")).values()) == ["Message deleted"]


WRONG = [
    "before=x", "around=-1", "date=yesterday", "search=%25", "before=1&after=2",
    "person=two%20words", "search=" + "x" * 201, "around=" + "9" * 19,
]  # fmt: skip


@hall_scenario()
async def test_address_that_makes_no_sense_is_refused_above_the_newest(hall: Hall) -> None:
    await talk(hall, "one")
    for query in WRONG:
        answer = await hall.ann.get(f"rooms/lobby/messages?{query}")
        assert (answer.status, b"expected" in answer.body) == (400, True), query
        assert b'id="m1"' in answer.body
    for path in ("rooms/attic/messages", "rooms/lobby/messages/delete"):
        assert (await hall.ann.get(path)).status in (404, 405)


@pytest.mark.parametrize("fields", [{}, {"seq": "x"}, {"seq": "0"}, {"seq": "9" * 19}])
def test_deletion_of_nothing_is_refused(tmp_path: Any, fields: dict[str, str]) -> None:
    @hall_scenario()
    async def test(hall: Hall) -> None:
        answer = await hall.ann.post("rooms/lobby/messages/delete", **fields)
        assert answer.status == 400
        assert (await hall.ann.post("messages/delete", **fields)).status == 400

    test(tmp_path)


# ── all rooms ────────────────────────────────────────────────────────────────────────────────────


@hall_scenario()
async def test_search_finds_in_all_rooms_and_tells_where(hall: Hall) -> None:
    await talk(hall, "green tea")
    await talk(hall, "black tea", name="Bob", room="den")
    assert "found by its words" in text_of(await hall.ann.get("messages"))
    answer = await hall.ann.get("messages?search=tea")
    assert shown(answer) == {"den:1": "black tea", "lobby:1": "green tea"}
    assert "in den" in text_of(answer)
    assert shown(await hall.ann.get("messages?search=tea&room=lobby")) == {"1": "green tea"}
    assert "Nothing found" in text_of(await hall.ann.get("messages?search=cocoa"))


@hall_scenario()
async def test_search_goes_on_a_page_at_a_time(hall: Hall) -> None:
    await talk(hall, *(f"tea {number}" for number in range(120)))
    seen, path = [], "messages?search=tea"
    while path:
        answer = await hall.ann.get(path)
        seen += list(shown(answer).values())
        older = link(answer, "Older")
        path = f"messages{older}" if older else ""
    assert seen == [f"tea {number}" for number in range(119, -1, -1)]


@hall_scenario()
async def test_chosen_hits_of_several_rooms_go_and_are_called_off_together(hall: Hall) -> None:
    for room in ("lobby", "den"):
        await talk(hall, "tea", name=room.title(), room=room)
    both = (("seq", "lobby:1"), ("seq", "den:1"))
    answer = await hall.ann.post("messages/delete", *both, search="tea")
    assert flash(answer) == (303, "2 messages are deleted in 10 seconds.", "messages/call-off/1-2")
    assert answer.headers["Location"].endswith("messages?search=tea")
    assert set(classes(await hall.ann.get("messages?search=tea")).values()) == {"message pending"}
    await hall.ann.post("messages/call-off/1-2")
    await pass_pause(hall)
    assert len(shown(await hall.ann.get("messages?search=tea"))) == 2
    await hall.ann.post("messages/delete", ("seq", "1"), search="tea", room="den")
    await pass_pause(hall)
    assert list(shown(await hall.ann.get("messages?search=tea"))) == ["lobby:1"]


@hall_scenario()
async def test_all_of_a_person_goes_everywhere(hall: Hall) -> None:
    ann = await talk(hall, "one")
    await ann.join("den")
    await say(ann, "two", "c9", "den")
    person = quote(who(ann))
    answer = await hall.ann.get(f"messages?person={person}")
    assert sorted(shown(answer)) == ["den:1", "lobby:1"]
    assert "Delete everything of this person" in text_of(answer)
    done = flash(await hall.ann.post("messages/delete-of", person=who(ann)))
    assert done[1] == "2 messages are deleted in 10 seconds."
    await pass_pause(hall)
    answer = await hall.ann.get(f"messages?person={person}")
    assert "nothing that is still there" in text_of(answer)


@hall_scenario()
async def test_search_that_makes_no_sense_is_refused_above_the_form(hall: Hall) -> None:
    for query, status in (
        ("search=%25", 400), ("search=tea&room=attic", 404), ("search=tea&room=a+b", 400),
        ("search=tea&before=x", 400), ("person=a+b", 400), ("search=" + "x+" * 17, 400),
    ):  # fmt: skip
        answer = await hall.ann.get(f"messages?{query}")
        assert answer.status == status, query
        assert b'name="search"' in answer.body
        assert b'role="alert"' in answer.body


# ── announcements ────────────────────────────────────────────────────────────────────────────────


@hall_scenario()
async def test_announcement_is_made_and_listed(hall: Hall) -> None:
    line = await hall.place.guest("Bob")
    done = flash(await hall.ann.post("announce", text="Tea at <five>", rooms="*"))
    assert done == (303, "Announced in 4 rooms.", "")
    assert (await line.get("notice"))["text"] == "Tea at <five>"
    said = text_of(await hall.ann.get("announce"))
    assert "Announced before" in said
    assert "* ann" in said
    assert "Tea" not in said, "the audit log keeps no text"
    assert "…" not in said


@hall_scenario()
async def test_announcement_that_is_refused_keeps_what_was_typed(hall: Hall) -> None:
    for fields, status in (
        ({"text": ""}, 400), ({"text": "Hi", "rooms": "attic-*"}, 404),
        ({"text": "Hi", "rooms": "a b"}, 400), ({"text": "x" * 4001}, 413),
    ):  # fmt: skip
        answer = await hall.ann.post("announce", **fields)
        assert answer.status == status
        assert f'value="{fields["text"]}"' in answer.body.decode()
        assert b'role="alert"' in answer.body
