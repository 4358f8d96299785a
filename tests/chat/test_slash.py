"""Slash commands: what they do, what they answer, and to whom."""

from pathlib import Path
from typing import Any

import pytest

from tests.chat.place import PATIENCE, Line, Place, say, scenario
from tornchat.chat.slash.table import KINDS

EVERYBODY = ["me", "nick", "topic", "who", "help"]
MODERATORS = ["kick", "ban", "mute", "slow", "lock", "clear"]


async def slash(line: Line, text: str, room: str = "lobby") -> dict[str, Any]:
    """Type a slash command; return the reply."""
    await line.say(type="command", room=room, text=text, ref="r1")
    return await line.get("reply", ref="r1")


async def moderator(place: Place, name: str = "Mo", room: str = "lobby") -> Line:
    line = await place.guest(name, None)
    await line.join(room, token=await place.invite(room, "moderate"))
    return line


def quiet(*lines: Line) -> None:
    for line in lines:
        line.events.clear()


# ── help, and what is no command ────────────────────────────────────────────────────────────────


@scenario()
async def test_help_lists_what_the_sender_may_use(place: Place) -> None:
    ann, mo, shop = await place.guest("Ann"), await moderator(place), await place.member("Sue")
    for line, names in (
        (ann, EVERYBODY),
        (mo, [*EVERYBODY[:-1], *MODERATORS, "help"]),
        (shop, [name for name in EVERYBODY if name != "nick"]),
    ):
        reply = await slash(line, "/help")
        assert [command["name"] for command in reply["commands"]] == names
        assert reply["text"].splitlines()[0] == "/me TEXT: say what you do, as in * Ann waves"
        assert len(reply["text"].splitlines()) == len(names)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("/dance", "there is no command /dance"),
        ("/", "there is no command /"),
        ("hello", "expected a command"),
        ("", "expected a command"),
        ("//shrug", "send it as a message"),
        ("/" + "x" * 5000, "expected a command"),
        ("/me", "/me TEXT: "),
        ("/nick", "/nick NAME: "),
        ("/kick", "/kick NAME [REASON]: "),
        ('/kick "Ann', "in double quotes"),
        ("/ban", "/ban NAME"),
        ("/ban  off", "nobody here is called 'off'"),
        ("/mute nobody", "nobody here is called 'nobody'"),
        ("/mute Ann off", "nobody called 'Ann' is muted"),
        ("/slow soon", "/slow 30s: "),
        ("/slow 100w", "slow_mode: expected a whole number"),
        ("/lock now", "/lock: "),
        ("/slow ²", "/slow 30s: "),
        ("/clear ²", "nobody here is called"),
        ("/clear 0", "/clear [N|NAME]: "),
        ("/clear off", "nothing to call off"),
    ],
)
def test_what_does_not_fit_is_refused_to_the_sender_alone(
    tmp_path: Path, text: str, part: str
) -> None:
    @scenario()
    async def run(place: Place) -> None:
        mo, ann = await moderator(place), await place.guest("Ann")
        place.pass_time(0.25)
        quiet(mo, ann)
        reply = await slash(mo, text)
        assert reply["ok"] is False
        assert part in reply["text"]
        assert "commands" not in reply
        assert not ann.events
        assert place.hub.record("lobby").last == 0  # type: ignore[union-attr]

    run(tmp_path)


@pytest.mark.parametrize("name", MODERATORS)
def test_commands_of_moderators_are_refused_to_others(tmp_path: Path, name: str) -> None:
    @scenario()
    async def run(place: Place) -> None:
        ann, ben = await place.guest("Ann"), await place.guest("Ben")
        quiet(ben)
        reply = await slash(ann, f"/{name} Ben")
        assert (reply["ok"], reply["text"]) == (False, f"/{name} is not for you here")
        assert (await slash(ann, "/topic Mine"))["ok"] is False
        assert not ben.events
        assert place.hub.record("lobby").topic == "Come in"  # type: ignore[union-attr]

    run(tmp_path)


@scenario()
async def test_command_about_a_room_that_one_is_not_in_is_forbidden(place: Place) -> None:
    mo = await moderator(place)
    await place.guest("Ann", "den")
    error = await mo.refused("forbidden", type="command", room="den", text="/kick Ann", ref="r2")
    assert error["ref"] == "r2"


@scenario(limits={"commands_per_second": 1})
async def test_too_many_commands_are_an_error_that_says_when_to_try_again(place: Place) -> None:
    ann = await place.guest("Ann")
    for _ in range(5):
        await ann.say(type="command", room="lobby", text="/who")
    assert (await ann.get("error", code="rate_limited"))["retry_after"] > 0


def test_every_command_has_its_line() -> None:
    assert sorted(kind.name for kind in KINDS) == sorted(EVERYBODY + MODERATORS)
    assert all(kind.usage.startswith(f"/{kind.name}") and kind.about for kind in KINDS)


# ── for everybody ───────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_action_is_a_notice_for_everybody_with_its_sender(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    reply = await slash(ann, "/me waves to  all")
    assert reply["text"] == ""
    assert "ok" not in reply
    for line in (ann, ben):
        notice = await line.get("notice")
        assert (notice["kind"], notice["text"], notice["seq"]) == ("action", "waves to  all", 1)
        assert notice["from"]["name"] == "Ann"
    late = await place.guest("Cleo", None)
    assert (await late.join("lobby"))["entries"][0]["kind"] == "action"


@scenario(limits={"messages_per_second": 1, "burst": 1})
async def test_action_counts_as_a_message(place: Place) -> None:
    ann = await place.guest("Ann")
    assert (await slash(ann, "/me waves"))["text"] == ""
    await ann.say(type="command", room="lobby", text="/me waves", ref="r3")
    assert (await ann.get("error", ref="r3"))["code"] == "rate_limited"


@pytest.mark.parametrize(
    ("text", "part"), [("/me \u200b", "nothing visible"), ("/me a\0b", "no control characters")]
)
def test_action_is_checked_as_a_message_is(tmp_path: Path, text: str, part: str) -> None:
    @scenario()
    async def run(place: Place) -> None:
        reply = await slash(await place.guest("Ann"), text)
        assert (reply["ok"], part in reply["text"]) == (False, True)

    run(tmp_path)


@scenario()
async def test_action_in_a_room_that_one_may_only_read(place: Place) -> None:
    reply = await slash(await place.guest("Ann", "board"), "/me waves", "board")
    assert (reply["ok"], reply["text"]) == (False, "not allowed to write in 'board'")


@scenario()
async def test_action_while_the_server_shuts_down(place: Place) -> None:
    ann = await place.guest("Ann")
    place.hub.drain()
    await ann.refused("overloaded", type="command", room="lobby", text="/me waves")


@scenario()
async def test_nick_is_another_name_or_the_next_free_one(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    assert (await slash(ann, "/nick Annie Hall"))["text"] == "You are now Annie Hall."
    assert (await ben.get("named"))["person"]["name"] == "Annie Hall"
    assert (await slash(ann, "/nick ben"))["text"] == "You are now ben 2."
    assert (await slash(ann, "/nick admin"))["ok"] is False
    member = await place.member("Sue")
    assert (await slash(member, "/nick Boss"))["ok"] is False


@scenario()
async def test_topic_is_shown_and_changed(place: Place) -> None:
    ann, mo = await place.guest("Ann"), await moderator(place)
    assert (await slash(ann, "/topic"))["text"] == "Come in"
    assert (await slash(mo, "/topic Tea & cake"))["text"] == "The topic is changed."
    assert (await ann.get("room"))["topic"] == "Tea & cake"
    await slash(mo, '/topic ""')
    assert (await ann.get("room"))["topic"] == ""
    assert (await slash(ann, "/topic"))["text"] == "This room has no topic."


@scenario()
async def test_who_names_those_in_the_room(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.guest("Ben")
    await place.guest("Cleo", "den")
    assert (await slash(ann, "/who"))["text"] == "2 here: Ann, Ben"


@scenario()
async def test_who_names_no_crowd(place: Place) -> None:
    lines = [await place.guest(f"P{number}") for number in range(103)]
    text = (await slash(lines[0], "/who"))["text"]
    assert text.startswith("103 here: P0, P1, ")
    assert text.endswith("P99 and 3 more")


# ── for those who moderate ──────────────────────────────────────────────────────────────────────


@scenario()
async def test_kick_takes_out_every_tab_and_lets_come_back(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Guest 12")
    tab = place.connect()
    token = place.hub.guests.issue(ann.client.person.id)
    await tab.hello(token=token)
    await tab.join("lobby")
    await tab.join("den")
    reply = await slash(mo, '/kick "guest 12" too loud')
    assert reply["text"] == "Guest 12 was taken out of the room."
    for line in (ann, tab):
        left = await line.get("left")
        assert (left["room"], left["code"]) == ("lobby", "kicked")
        assert left["reason"] == "a moderator took you out of the room: too loud"
        assert "until" not in left
    await ann.refused("forbidden", type="send", room="lobby", text="x", client_id="k1")
    assert set(tab.client.rooms) == {"den"}
    assert (await ann.join("lobby"))["can"] == ["read", "write"]


@scenario()
async def test_ban_keeps_out_whatever_one_is_called_until_it_is_lifted(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    assert (await slash(mo, "/ban @ann spam"))["text"] == (
        "Ann is banned from this room until it is lifted."
    )
    left = await ann.get("left")
    assert (left["code"], left["reason"]) == ("banned", "you are banned from this room: spam")
    await ann.say(type="name", name="Nice One")
    error = await ann.refused("forbidden", type="join", room="lobby")
    assert error["banned"] == {"reason": "spam"}
    assert error["message"] == "you are banned from this room: spam"
    assert (await ann.join("den"))["can"] == ["read", "write"]
    assert (await slash(mo, "/ban ANN off"))["text"] == "Ann is not banned from this room any more."
    await ann.join("lobby")
    assert (await slash(mo, "/ban Ann off"))["ok"] is False


@scenario()
async def test_somebody_who_fled_is_found_by_what_they_wrote(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    await say(ann, "spam", "k1")
    token = place.hub.guests.issue(ann.client.person.id)
    ann.hang_up()
    place.pass_time(11)
    assert (await slash(mo, "/ban ann 10m"))[
        "text"
    ] == "Ann is banned from this room for 10 minutes."
    back = place.connect()
    await back.hello(token=token, name="Somebody")
    error = await back.refused("forbidden", type="join", room="lobby")
    assert error["banned"] == {"until": place.bans.bans()[0].expires}
    place.pass_time(600)
    await back.join("lobby")


@scenario()
async def test_person_is_found_by_their_id(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    assert (await slash(mo, f"/kick {ann.client.person.id}"))["text"].startswith("Ann was")


@scenario()
async def test_mute_lets_read_and_not_write_and_ends_by_itself(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    quiet(ann)
    await slash(mo, "/mute Ann 1m caps lock")
    told = await ann.get("room")
    assert (told["can"], told["muted"]["reason"]) == (["read"], "caps lock")
    assert told["muted"]["until"] == place.bans.bans()[0].expires
    error = await ann.refused("forbidden", type="send", room="lobby", text="x", client_id="k1")
    assert error["message"] == "you are muted: caps lock"
    reply = await slash(ann, "/me shouts")
    assert (reply["ok"], reply["text"]) == (False, "you are muted: caps lock")
    place.pass_time(59)
    assert not [event for event in ann.events if event["type"] == "room"]
    place.pass_time(1)
    told = await ann.get("room")
    assert told["can"] == ["read", "write"]
    assert "muted" not in told
    await say(ann, "sorry", "k2")


@scenario()
async def test_mute_is_lifted(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    await slash(mo, "/mute Ann")
    await ann.get("room", can=["read"])
    assert (await slash(mo, "/mute Ann off"))["text"] == "Ann is not muted any more."
    await ann.get("room", can=["read", "write"])


@scenario()
async def test_nobody_acts_on_peers_or_on_themselves(place: Place) -> None:
    mo, max_ = await moderator(place), await moderator(place, "Max")
    for name in ("kick", "ban", "mute"):
        assert "moderate this room too" in (await slash(mo, f"/{name} Max"))["text"]
        assert (await slash(mo, f"/{name} Mo"))["text"] == "person: that is you"
    assert set(max_.client.rooms) == set(mo.client.rooms) == {"lobby"}
    assert place.bans.bans() == []


@scenario()
async def test_moderators_reach_their_room_alone(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann", "den")
    await ann.join("lobby")
    await mo.join("den")
    assert (await slash(mo, "/kick Ann", "den"))["ok"] is False
    await slash(mo, "/mute Ann")
    await ann.get("room", room="lobby", can=["read"])
    await say(ann, "still here", "k1", "den")


@scenario()
async def test_slow_mode_by_command(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    assert (await slash(mo, "/slow 30s"))["text"] == "Slow mode: one message every 30 seconds."
    assert (await ann.get("room"))["slow"] == 30
    assert (await slash(mo, "/slow 5"))["text"] == "Slow mode: one message every 5 seconds."
    assert (await slash(mo, "/slow off"))["text"] == "Slow mode is off."
    await ann.get("room", slow=0)


@scenario()
async def test_lock_by_command(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    assert (await slash(mo, "/lock"))["text"] == "The room is locked: only moderators write now."
    assert (await ann.get("room", locked=True))["room"] == "lobby"
    await say(mo, "quiet please", "k1")
    assert (await slash(mo, "/lock off"))["text"] == "The room is open again."
    await ann.get("room", locked=False)
    await say(ann, "thanks", "k2")


@scenario()
async def test_what_moderators_do_is_in_the_audit_log(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    await slash(mo, "/mute Ann 5m caps")
    row = (await place.admin.audit())[0]
    assert (row.verb, row.room, row.actor_kind) == ("mute", "lobby", "person")
    assert row.subject == f"Ann ({ann.client.person.id})"
    assert row.actor == f"Mo ({mo.client.person.id})"
    assert row.place == "192.0.2.1"


# ── /clear ──────────────────────────────────────────────────────────────────────────────────────


def texts(joined: dict[str, Any]) -> list[str]:
    """The messages that somebody who comes in is shown."""
    return [entry["text"] for entry in joined["entries"] if entry["type"] == "message"]


async def left_over(place: Place) -> list[str]:
    await place.deletions.finish(PATIENCE)
    line = await place.guest("Late", None)
    return texts(await line.join("lobby"))


@pytest.mark.parametrize(
    ("text", "kept", "words"),
    [
        ("/clear 2", ["a0", "b0", "a1", "b1", "", ""], "2 messages will"),
        ("/clear 1", ["a0", "b0", "a1", "b1", "a2", ""], "1 message will"),
        ("/clear", [""] * 6, "6 messages will"),
        ("/clear 5000", [""] * 6, "6 messages will"),
        ("/clear ann", ["", "b0", "", "b1", "", "b2"], "3 messages will"),
        ('/clear "Ben"', ["a0", "", "a1", "", "a2", ""], "3 messages will"),
    ],
)
def test_clear_deletes_after_a_pause(
    tmp_path: Path, text: str, kept: list[str], words: str
) -> None:
    @scenario()
    async def run(place: Place) -> None:
        mo, ann, ben = [await moderator(place), *[await place.guest(n) for n in ("Ann", "Ben")]]
        for number in range(3):
            await say(ann, f"a{number}", f"k{number}")
            await say(ben, f"b{number}", f"k{number}")
        reply = await slash(mo, text)
        assert reply["text"].startswith(words)
        assert not [event for event in ann.events if event["type"] == "deleted"]
        assert await left_over(place) == kept
        await ann.get("deleted")

    run(tmp_path)


@scenario()
async def test_clear_is_called_off(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    await say(ann, "keep me", "k1")
    await slash(mo, "/clear Ann")
    assert (await slash(mo, "/clear off"))["text"] == "Called off: nothing is deleted."
    assert (await slash(mo, "/clear off"))["ok"] is False
    assert await left_over(place) == ["keep me"]


@scenario()
async def test_clear_passes_over_what_is_deleted(place: Place) -> None:
    mo, ann = await moderator(place), await place.guest("Ann")
    assert (await slash(mo, "/clear"))["text"] == "there is nothing to delete"
    for number in range(2):
        await say(ann, f"a{number}", f"k{number}")
    await slash(mo, "/clear 1")
    assert await left_over(place) == ["a0", ""]
    await slash(mo, "/clear 1")
    assert await left_over(place) == ["", ""]
