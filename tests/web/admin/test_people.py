"""The pages of people: who is here, who was, and what is done about somebody."""

import pytest

from tests.chat.place import say
from tests.chat.test_visits import seen
from tests.web.admin.desk import text_of
from tests.web.admin.hall import Hall, flash, hall_scenario, links, rows, who


@hall_scenario()
async def test_everybody_here_is_shown_with_rooms_and_connections(hall: Hall) -> None:
    ann = await hall.place.guest("Ann", "den", address="198.51.100.7")
    bea = await hall.place.member("Bea")
    found = rows(await hall.ann.get("people"), "person")
    assert list(found) == [who(ann), who(bea)]
    assert "Ann guest " + who(ann) in found[who(ann)]
    assert " den 198.51.100.7 · WebSocket · " in found[who(ann)]
    assert "Bea verified" in found[who(bea)]


@hall_scenario()
async def test_page_of_a_room_shows_nobody_else_and_no_other_room(hall: Hall) -> None:
    ann = await hall.place.guest("Ann", "lobby")
    await ann.join("den")
    await hall.place.guest("Bea", "den")
    for browser in (hall.ann, hall.mo):
        answer = await browser.get("rooms/lobby/people")
        assert list(rows(answer, "person")) == [who(ann)]
        assert "den" not in rows(answer, "person")[who(ann)].replace("verified", "")


@hall_scenario()
async def test_names_are_text_and_never_markup(hall: Hall) -> None:
    await hall.place.guest("<b>x</b>&amp;")
    for path in ("people", "rooms/lobby/people"):
        answer = await hall.ann.get(path)
        assert b"<b>x</b>" not in answer.body
        assert "<b>x</b>&amp;" in text_of(answer)


@hall_scenario()
async def test_people_seen_come_the_last_one_first_with_their_room(hall: Hall) -> None:
    ann = await hall.place.guest("Ann", "den", address="198.51.100.7")
    hall.place.pass_time(60)
    bea = await hall.place.guest("Bea")
    ann.hang_up()
    hall.place.pass_time(60)
    await seen(hall.place)
    found = rows(await hall.ann.get("people?view=seen"), "person")
    assert sorted(found) == sorted([who(ann), who(bea)])
    assert "here now" in found[who(bea)]
    assert "here now" not in found[who(ann)]
    assert " den " in found[who(ann)]
    assert " 198.51.100.7" in found[who(ann)]
    assert list(rows(await hall.mo.get("rooms/lobby/people?view=seen"), "person")) == [who(bea)]


@pytest.mark.parametrize("view", ["", "seen"])
def test_people_are_found_and_not_found(tmp_path, view: str) -> None:
    @hall_scenario()
    async def searched(hall: Hall) -> None:
        ann = await hall.place.guest("Ann")
        await hall.place.guest("Bea")
        await seen(hall.place)
        page = await hall.ann.get(f"people?view={view}&search=an")
        assert list(rows(page, "person")) == [who(ann)]
        nobody = await hall.ann.get(f"people?view={view}&search=%3Ci%3Ecat")
        assert "Nobody matches" in text_of(nobody)
        assert b"<i>cat" not in nobody.body

    searched(tmp_path)


@hall_scenario()
async def test_pages_of_people_here_lead_on_and_back(hall: Hall) -> None:
    for number in range(52):
        await hall.place.connect().hello(name=f"Guest {number:02}")
    first = await hall.ann.get("people?search=guest")
    assert len(rows(first, "person")) == 50
    [more] = links(first, "Next")
    second = await hall.ann.get(f"people{more}")
    assert [name for name in rows(second, "person").values() if "Guest 5" in name]
    assert len(rows(second, "person")) == 2
    assert links(second, "Next") == []
    [back] = links(second, "Previous")
    assert rows(await hall.ann.get(f"people{back}"), "person").keys() == (
        rows(first, "person").keys()
    )


@hall_scenario()
async def test_pages_of_people_seen_lead_on(hall: Hall) -> None:
    for number in range(53):
        await hall.place.guest(f"Guest {number:02}")
        hall.place.pass_time(1)
    await seen(hall.place)
    first = await hall.ann.get("people?view=seen")
    [earlier] = links(first, "Earlier")
    second = await hall.ann.get("people" + earlier.rpartition("people")[2])
    names = [row for page in (first, second) for row in rows(page, "person").values()]
    assert [len(rows(page, "person")) for page in (first, second)] == [50, 3]
    assert len({name.split()[2] for name in names}) == 53
    assert links(second, "Earlier") == []
    [newest] = links(second, "Newest")
    assert "before" not in newest


@hall_scenario()
async def test_empty_pages_say_what_they_are_for(hall: Hall) -> None:
    assert "Nobody is here" in text_of(await hall.ann.get("people"))
    assert "Nobody was here yet" in text_of(await hall.ann.get("people?view=seen"))


@pytest.mark.parametrize("path", ["people", "people?view=seen"])
def test_moderator_of_a_room_finds_no_page_of_everybody(tmp_path, path: str) -> None:
    @hall_scenario()
    async def refused(hall: Hall) -> None:
        await hall.place.guest("Ann", "den")
        for found in (path, f"rooms/den/{path}", f"rooms/cellar/{path}"):
            answer = await hall.mo.get(found)
            assert (answer.status, b"Ann" in answer.body) == (404, False)
        assert (await hall.nobody.get(path)).status == 302

    refused(tmp_path)


@pytest.mark.parametrize(
    "path",
    ["people?page=0", "people?page=x", "people?view=seen&before=x", "people?search=a%0Ab",
     f"people?search={'a' * 101}", "rooms/No/people"],
)  # fmt: skip
def test_wrong_addresses_are_refused(tmp_path, path: str) -> None:
    @hall_scenario()
    async def refused(hall: Hall) -> None:
        assert (await hall.ann.get(path)).status in (400, 404)

    refused(tmp_path)


# ── what is done about somebody ─────────────────────────────────────────────────────────────────


@hall_scenario()
async def test_kick_takes_every_tab_out_of_the_room(hall: Hall) -> None:
    ann = await hall.place.guest("Ann")
    other = hall.place.connect()
    await other.hello(token=hall.place.hub.guests.issue(who(ann)))
    await other.join("lobby")
    await other.join("den")
    answer = await hall.mo.post(
        "rooms/lobby/people", person=who(ann), name="Ann", action="kick", reason="spam"
    )
    assert flash(answer) == (303, "Ann was taken out of lobby.", "")
    for line in (ann, other):
        assert "spam" in (await line.get("left", room="lobby", code="kicked"))["reason"]
    assert list(other.client.rooms) == ["den"]


@hall_scenario()
async def test_kick_everywhere_takes_somebody_out_of_all_rooms(hall: Hall) -> None:
    ann = await hall.place.guest("Ann")
    await ann.join("den")
    await hall.ann.post("people", person=who(ann), action="kick", room="")
    assert {(await ann.get("left", code="kicked"))["room"] for _ in range(2)} == {"lobby", "den"}
    answer = await hall.ann.post("people", person=who(ann), action="kick", room="")
    assert answer.status == 404
    assert "in no room now" in text_of(answer)


@hall_scenario()
async def test_mute_lasts_as_said_and_can_be_called_off(hall: Hall) -> None:
    ann = await hall.place.guest("Ann")
    fields = {"person": who(ann), "name": "Ann", "action": "mute", "for": "10m", "reason": "loud"}
    status, message, undo = flash(await hall.mo.post("rooms/lobby/people", **fields))
    assert (status, message) == (303, "Ann is muted in lobby.")
    muted = (await ann.get("room", room="lobby"))["muted"]
    assert muted == {"until": int(hall.place.utc.now * 1000) + 600_000, "reason": "loud"}
    await ann.refused("forbidden", type="send", room="lobby", text="hi", client_id="1")
    assert flash(await hall.mo.post(undo))[:2] == (303, "Ann may write again.")
    await say(ann, "hi", "2")


@hall_scenario()
async def test_ban_from_a_room_is_that_of_a_person_whatever_their_name(hall: Hall) -> None:
    ann = await hall.place.guest("Ann")
    await ann.join("den")
    fields = {"person": who(ann), "name": "Ann", "action": "ban", "for": "1d", "place": "x"}
    status, message, undo = flash(await hall.mo.post("rooms/lobby/people", **fields))
    assert (status, message) == (303, "Ann is banned in lobby.")
    await ann.get("left", room="lobby", code="banned")
    await ann.say(type="name", name="Other")
    await ann.refused("forbidden", type="join", room="lobby")
    assert "den" in ann.client.rooms
    [ban] = (await hall.place.admin.find_bans()).bans
    assert (ban.room, ban.place, ban.author, ban.name) == ("lobby", None, "mo", "Ann")
    await hall.mo.post(undo)
    await ann.join("lobby")


@hall_scenario()
async def test_ban_from_the_server_takes_the_address_where_that_is_ticked(hall: Hall) -> None:
    ann = await hall.place.guest("Ann", address="198.51.100.7")
    await hall.ann.post(
        "people", person=who(ann), name="Ann", action="ban", place="198.51.100.7", address="1",
        room="", **{"for": ""},
    )  # fmt: skip
    assert ann.code == 4505
    [ban] = (await hall.place.admin.find_bans()).bans
    assert (ban.room, ban.place, ban.expires) == (None, "198.51.100.7", None)
    again = hall.place.connect(address="198.51.100.7")
    assert again.code == 4505


@hall_scenario()
async def test_list_is_come_back_to_as_it_was(hall: Hall) -> None:
    ann = await hall.place.guest("Ann")
    fields = {"person": who(ann), "action": "mute", "for": "1h", "view": "seen", "search": "a&b"}
    answer = await hall.ann.post("people", **fields)
    assert answer.headers["Location"].endswith("admin/people?view=seen&search=a%26b")


WRONG = [
    {"action": "praise"}, {"action": ""}, {"action": "mute", "for": "soon"},
    {"action": "ban", "reason": "x" * 201}, {"action": "mute", "person": "no body"},
    {"action": "ban", "place": "nowhere", "address": "1"}, {"action": "mute", "for": "0s"},
]  # fmt: skip


@pytest.mark.parametrize("fields", WRONG, ids=str)
def test_wrong_wishes_are_refused_above_the_list(tmp_path, fields: dict[str, str]) -> None:
    @hall_scenario()
    async def refused(hall: Hall) -> None:
        ann = await hall.place.guest("Ann")
        answer = await hall.ann.post("people", **({"person": who(ann), "for": "1h"} | fields))
        assert answer.status == 400
        assert b'role="alert"' in answer.body
        assert "Ann" in text_of(answer)
        assert (await hall.place.admin.find_bans()).total == 0
        assert "lobby" in ann.client.rooms

    refused(tmp_path)


@pytest.mark.parametrize("action", ["kick", "mute", "ban"])
@pytest.mark.parametrize("room", ["den", "", "lobby"])
def test_moderator_can_do_nothing_in_other_rooms(tmp_path, action: str, room: str) -> None:
    @hall_scenario()
    async def refused(hall: Hall) -> None:
        ann = await hall.place.guest("Ann", "den")
        fields = {"person": who(ann), "action": action, "for": "1h", "room": room}
        assert (await hall.mo.post("people", **fields)).status == 404
        assert (await hall.mo.post("rooms/den/people", **fields)).status == 404
        assert (await hall.place.admin.find_bans()).total == 0
        assert "den" in ann.client.rooms

    refused(tmp_path)


@hall_scenario()
async def test_room_of_the_address_counts_and_not_that_of_the_form(hall: Hall) -> None:
    ann = await hall.place.guest("Ann", "den")
    await ann.join("lobby")
    fields = {"person": who(ann), "action": "ban", "for": "1h", "room": "den"}
    assert (await hall.mo.post("rooms/lobby/people", **fields)).status == 303
    assert [ban.room for ban in (await hall.place.admin.find_bans()).bans] == ["lobby"]
    assert list(ann.client.rooms) == ["den"]


@hall_scenario()
async def test_nobody_does_anything_without_the_token_of_the_form(hall: Hall) -> None:
    ann = await hall.place.guest("Ann")
    fields = {"person": who(ann), "action": "kick", "_xsrf": "wrong"}
    assert (await hall.nobody.post("people", **fields)).status == 403
    pairs = [("person", who(ann)), ("action", "kick")]
    answer = await hall.ann.post("rooms/lobby/people", *pairs, ("_xsrf", "wrong"))
    assert answer.status in (400, 403)
    assert "lobby" in ann.client.rooms
