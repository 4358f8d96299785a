"""The settings of a conversation in force: lock, slow mode, word list, join lines."""

from pathlib import Path
from typing import Any

import pytest

from tests.chat.place import Line, Place, say, scenario
from tornchat.chat.pace import CAPACITY, Pace
from tornchat.errors import RateLimited


async def send(line: Line, text: str, client_id: str) -> dict[str, Any]:
    """Send a message that is refused; return the error."""
    await line.say(type="send", room="lobby", text=text, client_id=client_id)
    return await line.get("error", client_id=client_id)


async def moderator(place: Place) -> Line:
    line = await place.guest("Mo", None)
    await line.join("lobby", token=await place.invite("lobby", "moderate"))
    return line


@scenario()
async def test_settings_are_told_to_those_who_join(place: Place) -> None:
    plain = await (await place.guest("Ann", None)).join("lobby")
    assert not {"slow", "locked", "join_lines", "muted"} & plain.keys()
    await place.admin.set_room("lobby", slow_mode=30, locked=True, join_lines=False)
    joined = await (await place.guest("Ben", None)).join("lobby")
    told = [joined[name] for name in ("slow", "locked", "join_lines")]
    assert told == [30, True, False]


@scenario()
async def test_settings_that_change_are_told_to_those_who_are_there(place: Place) -> None:
    ann = await place.guest("Ann")
    for setting, field, values in (
        ("slow_mode", "slow", (30, 0)),
        ("join_lines", "join_lines", (False, True)),
        ("locked", "locked", (True, False)),
    ):
        for value in values:
            await place.admin.set_room("lobby", **{setting: value})
            event = await ann.get("room", **{field: value})
            assert event == {"type": "room", "room": "lobby", field: value}
    ann.events.clear()
    await place.admin.set_room("lobby", words=["casino"])
    assert not ann.events


# ── lock ────────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_locked_room_is_for_moderators(place: Place) -> None:
    ann, mo = await place.guest("Ann"), await moderator(place)
    member, bot = await place.member("Sue"), place.connect()
    await bot.hello(token=await place.key("lobby", "write"))
    await bot.join("lobby")
    await place.admin.set_room("lobby", locked=True)
    for line in (ann, member, bot):
        assert (await line.get("room", can=["read"]))["room"] == "lobby"
        error = await send(line, "x", "k1")
        assert error["code"] == "forbidden"
        assert error["message"] == "'lobby' is locked: only moderators write now"
        await line.refused("forbidden", type="signal", room="lobby", kind="wave")
    await say(mo, "only me", "k2")
    await place.admin.set_room("lobby", locked=False)
    assert (await ann.get("room", can=["read", "write"]))["type"] == "room"
    await say(ann, "me too", "k3")


# ── slow mode ───────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_slow_mode_counts_a_person_and_not_a_tab(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    tab = place.connect()
    await tab.hello(token=place.hub.guests.issue(ann.client.person.id))
    await tab.join("lobby")
    await place.admin.set_room("lobby", slow_mode=30)
    await say(ann, "one", "k1")
    place.pass_time(10)
    error = await send(tab, "two", "k2")
    assert (error["code"], error["retryable"]) == ("rate_limited", True)
    assert error["retry_after"] == pytest.approx(20)
    assert error["message"].startswith("slow mode: one message every 30 s")
    await say(ben, "mine", "k1")
    place.pass_time(20)
    await say(tab, "two", "k2")


@scenario()
async def test_slow_mode_is_of_one_room_and_ends_at_once(place: Place) -> None:
    ann = await place.guest("Ann")
    await ann.join("den")
    await place.admin.set_room("lobby", slow_mode=30)
    await say(ann, "one", "k1")
    await say(ann, "elsewhere", "k2", "den")
    await say(ann, "elsewhere", "k3", "den")
    await send(ann, "two", "k4")
    await place.admin.set_room("lobby", slow_mode=0)
    await say(ann, "two", "k4")


@scenario()
async def test_moderators_do_not_wait(place: Place) -> None:
    mo = await moderator(place)
    await place.admin.set_room("lobby", slow_mode=30)
    await say(mo, "one", "k1")
    await say(mo, "two", "k2")


@scenario()
async def test_message_that_was_refused_costs_no_time(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.set_room("lobby", slow_mode=30, words=["casino"])
    for number, text in enumerate((" ", "x" * 4001, "casino")):
        assert (await send(ann, text, f"k{number}"))["code"] != "rate_limited"
    await say(ann, "one", "k9")


@scenario()
async def test_message_that_could_not_be_stored_costs_no_time(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.set_room("lobby", slow_mode=30)
    await ann.say(type="send", room="lobby", text="x", client_id="k1", reply_to=2**53 - 1)
    await ann.get("ack", client_id="k1")
    place.pass_time(30)
    await ann.say(type="send", room="lobby", text="y", client_id="k1")
    assert (await ann.get("error", client_id="k1"))["code"] == "conflict"
    await say(ann, "two", "k2")


@scenario()
async def test_message_sent_again_gets_its_first_answer_in_slow_mode(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.set_room("lobby", slow_mode=30)
    first = await say(ann, "one", "k1")
    assert await say(ann, "one", "k1") == first


@scenario()
async def test_actions_wait_as_messages_do(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.set_room("lobby", slow_mode=30)
    await ann.say(type="command", room="lobby", text="/me waves")
    await ann.get("reply")
    assert (await send(ann, "one", "k1"))["code"] == "rate_limited"
    await ann.say(type="command", room="lobby", text="/me waves", ref="r1")
    assert (await ann.get("error", ref="r1"))["retry_after"] == pytest.approx(30)


@scenario()
async def test_deleting_needs_no_patience(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.set_room("lobby", slow_mode=30)
    seq = (await say(ann, "one", "k1"))["seq"]
    await ann.say(type="delete", room="lobby", target=seq, client_id="k2")
    await ann.get("ack", client_id="k2")


def test_pace_remembers_a_bounded_number_of_people() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    for number in range(CAPACITY + 1):
        pace.note("lobby", f"g_{number}")
    pace.check("lobby", "g_0", 60)
    with pytest.raises(RateLimited):
        pace.check("lobby", "g_1", 60)
    pace.note("lobby", "g_1")
    pace.note("lobby", "g_new")
    with pytest.raises(RateLimited):
        pace.check("lobby", "g_1", 60)


# ── words ───────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_unwelcome_word_is_refused_and_named(place: Place) -> None:
    ann, mo = await place.guest("Ann"), await moderator(place)
    await place.admin.set_room("lobby", words=["casino", "crypto*"])
    error = await send(ann, "Win at the CASINO", "k1")
    assert (error["code"], error["message"]) == ("forbidden", "'casino' is not welcome here")
    assert error["retryable"] is False
    assert (await send(mo, "cryptocoins", "k1"))["message"] == "'crypto*' is not welcome here"
    await ann.say(type="command", room="lobby", text="/me visits the casino")
    assert (await ann.get("reply"))["ok"] is False
    await say(ann, "casinos are fine", "k2")
    await ann.join("den")
    await say(ann, "casino", "k3", "den")
    await place.admin.set_room("lobby", words=[])
    await say(ann, "casino", "k4")


def test_words_hold_after_a_restart(tmp_path: Path) -> None:
    @scenario()
    async def before(place: Place) -> None:
        await place.admin.set_room("lobby", words=["casino"])

    @scenario()
    async def after(place: Place) -> None:
        ann = await place.guest("Ann")
        assert (await send(ann, "casino", "k1"))["code"] == "forbidden"

    before(tmp_path)
    after(tmp_path)
