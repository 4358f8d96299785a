"""The pages of bans: what they caught, new ones, and their end."""

import asyncio

import pytest

from tests.web.admin.desk import text_of
from tests.web.admin.hall import Hall, flash, hall_scenario, links, rows, who


async def add(hall: Hall, **fields: object) -> int:
    made = await hall.place.admin.add_ban(**fields)
    return int(made.id)


@hall_scenario()
async def test_bans_of_all_kinds_are_listed_the_newest_first(hall: Hall) -> None:
    old = await add(hall, place="198.51.100.7", reason="noise at night")
    hall.place.pass_time(60)
    mute = await add(hall, kind="mute", person="g_1", name="Pest", room="den", seconds=600)
    hall.place.pass_time(60)
    hall.place.bans.guard("203.0.113.9", 900)
    await hall.place.admin.bans()
    await asyncio.wrap_future(hall.place.store.journal.call(lambda _: None))
    await asyncio.sleep(0)
    found = rows(await hall.ann.get("bans"), "ban")
    guard = next(iter(found))
    assert list(found) == [guard, str(mute), str(old)]
    assert "203.0.113.9 banned everywhere" in found[guard]
    assert "the guess guard" in found[guard]
    assert "Pest muted g_1 den" in found[str(mute)]
    assert "198.51.100.7 banned everywhere when lifted 0 " in found[str(old)]
    assert "command line noise at night" in found[str(old)]


@hall_scenario()
async def test_what_a_ban_has_caught_is_counted(hall: Hall) -> None:
    ban = await add(hall, place="198.51.100.7")
    for _ in range(3):
        hall.place.connect(address="198.51.100.7")
    assert " when lifted 3 " in rows(await hall.ann.get("bans"), "ban")[str(ban)]


@hall_scenario()
async def test_room_shows_its_own_bans_only(hall: Hall) -> None:
    await add(hall, place="198.51.100.7")
    await add(hall, person="g_1", room="den")
    mine = await add(hall, person="g_2", room="lobby")
    for browser in (hall.ann, hall.mo):
        assert list(rows(await browser.get("rooms/lobby/bans"), "ban")) == [str(mine)]


@hall_scenario()
async def test_words_and_kinds_find_bans(hall: Hall) -> None:
    one = await add(hall, place="198.51.100.7", reason="Noise")
    two = await add(hall, kind="mute", person="g_1", name="Zoë", room="den")
    for query, found in (
        ("search=noise", [one]), ("search=zoe", [two]), ("search=198.51", [one]),
        ("search=51.100", []), ("search=g_1", [two]), ("kind=mute", [two]), ("kind=ban", [one]),
        ("kind=guard", []), ("search=line", [two, one]),
    ):  # fmt: skip
        page = await hall.ann.get(f"bans?{query}")
        assert sorted(map(int, rows(page, "ban"))) == sorted(found), query
    assert "No ban matches" in text_of(await hall.ann.get("bans?search=cat"))
    hall.place.bans.guard("203.0.113.9", 900)
    guarded = await hall.ann.get("bans?kind=guard")
    assert ["203.0.113.9" in found for found in rows(guarded, "ban").values()] == [True]
    assert list(rows(await hall.ann.get("bans?kind=ban"), "ban")) == [str(one)]
    assert (await hall.ann.get("bans?kind=odd")).status == 400


@hall_scenario()
async def test_pages_of_bans_are_bounded(hall: Hall) -> None:
    for number in range(51):
        await add(hall, person=f"g_{number}")
    page = await hall.ann.get("bans")
    assert len(rows(page, "ban")) == 50
    [more] = links(page, "Next")
    assert len(rows(await hall.ann.get(f"bans{more}"), "ban")) == 1


@pytest.mark.parametrize(
    ("who", "place", "person"),
    [
        ("198.51.100.7", "198.51.100.7", None), ("2001:db8::1", "2001:db8::/64", None),
        ("2001:db8::/64", "2001:db8::/64", None), ("g_1", None, "g_1"),
    ],
)  # fmt: skip
def test_address_or_person_is_banned(tmp_path, who: str, place: str, person: str) -> None:
    @hall_scenario()
    async def banned(hall: Hall) -> None:
        fields = {"who": who, "kind": "ban", "for": "1h", "reason": "noise", "room": ""}
        status, message, undo = flash(await hall.ann.post("bans", **fields))
        [ban] = (await hall.place.admin.find_bans()).bans
        assert (status, message, undo) == (
            303, f"{who} is banned on the whole server.", f"bans/{ban.id}/lift"
        )  # fmt: skip
        assert (ban.place, ban.person, ban.room, ban.reason) == (place, person, None, "noise")
        assert ban.expires == int(hall.place.utc.now * 1000) + 3_600_000

    banned(tmp_path)


@hall_scenario()
async def test_person_is_muted_in_a_room_of_the_server_page(hall: Hall) -> None:
    ann = await hall.place.guest("Ann", "den")
    fields = {"who": who(ann), "kind": "mute", "room": "den", "for": ""}
    assert flash(await hall.ann.post("bans", **fields))[1] == f"{who(ann)} is muted in den."
    assert "muted" in await ann.get("room", room="den")


@hall_scenario()
async def test_moderator_bans_from_one_room_and_lifts_that(hall: Hall) -> None:
    ann = await hall.place.guest("Ann")
    fields = {"who": who(ann), "kind": "ban", "for": "1d", "room": "den"}
    _, message, undo = flash(await hall.mo.post("rooms/lobby/bans", **fields))
    assert message == f"{who(ann)} is banned in lobby."
    await ann.get("left", room="lobby", code="banned")
    assert undo.startswith("rooms/lobby/bans/")
    assert flash(await hall.mo.post(undo))[:2] == (303, "Ann may come back.")
    await ann.join("lobby")


@hall_scenario()
async def test_moderator_reaches_no_other_ban(hall: Hall) -> None:
    server = await add(hall, person="g_1")
    other = await add(hall, person="g_1", room="den")
    fields = {"who": "g_2", "kind": "ban", "for": "1d"}
    for path in ("bans", "rooms/den/bans"):
        assert (await hall.mo.get(path)).status == 404
        assert (await hall.mo.post(path, **fields)).status == 404
    for ban in (server, other, 999):
        for path in (f"bans/{ban}/lift", f"rooms/lobby/bans/{ban}/lift"):
            assert (await hall.mo.post(path)).status == 404
    assert (await hall.place.admin.find_bans()).total == 2


@hall_scenario()
async def test_lifted_ban_is_gone_and_cannot_be_lifted_twice(hall: Hall) -> None:
    ban = await add(hall, place="198.51.100.7")
    assert flash(await hall.ann.post(f"bans/{ban}/lift"))[1] == "198.51.100.7 may come back."
    assert "Nobody is banned" in text_of(await hall.ann.get("bans"))
    assert hall.place.connect(address="198.51.100.7").code is None
    assert (await hall.ann.post(f"bans/{ban}/lift")).status == 404


WRONG = [
    {"who": ""}, {"who": "no body"}, {"kind": "praise"}, {"for": "soon"}, {"room": "cellar"},
    {"reason": "x" * 201}, {"who": "198.51.100.0/24"},
]  # fmt: skip


@pytest.mark.parametrize("fields", WRONG, ids=str)
def test_wrong_ban_is_refused_above_its_form(tmp_path, fields: dict[str, str]) -> None:
    @hall_scenario()
    async def refused(hall: Hall) -> None:
        begun = {"who": "g_1", "kind": "ban", "for": "1h", "reason": "<i>noise", "room": ""}
        answer = await hall.ann.post("bans", **(begun | fields))
        assert answer.status in (400, 404)
        assert b'role="alert"' in answer.body
        assert b"<i>noise" not in answer.body
        assert (await hall.place.admin.find_bans()).total == 0

    refused(tmp_path)


@hall_scenario()
async def test_reason_and_name_are_text_and_never_markup(hall: Hall) -> None:
    await add(hall, person="g_1", name="<b>x", reason="<script>y", room="lobby")
    for path in ("bans", "rooms/lobby/bans"):
        page = await hall.ann.get(path)
        assert b"<b>x" not in page.body
        assert b"<script>y" not in page.body
        assert "<script>y" in text_of(page)
