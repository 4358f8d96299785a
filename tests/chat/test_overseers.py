"""Connections of the admin page: nobody sees them, they hear what concerns them, and they end."""

from typing import Any

from msgspec import Raw

from tests.chat.place import Line, Place, say, scenario
from tornchat.protocol import AdminEvent


def heard(line: Line) -> list[dict[str, Any]]:
    return [event for event in line.events if event["type"] == "admin"]


@scenario()
async def test_overseer_is_in_a_room_without_being_seen(place: Place) -> None:
    ann = await place.guest("Ann")
    place.pass_time(0.25)
    ann.events.clear()
    boss = place.connect()
    welcome = await boss.hello(token=place.admin_token())
    assert (welcome["person"]["kind"], welcome["person"]["name"]) == ("admin", "boss")
    joined = await boss.join("lobby")
    assert joined["can"] == ["read", "write", "moderate", "admin"]
    assert [member["name"] for member in joined["members"]] == ["Ann"]
    assert joined["count"] == 1
    await boss.say(type="typing", room="lobby", on=True)
    place.pass_time(1)
    await boss.say(type="leave", room="lobby")
    await boss.join("lobby")
    boss.hang_up()
    place.pass_time(30)
    assert [event["type"] for event in ann.events] == ["beat"]
    assert place.hub.present("lobby") == 1


@scenario()
async def test_overseer_leaves_the_names_of_others_alone(place: Place) -> None:
    ann = await place.guest("boss")
    boss = await place.overseer()
    assert boss.client.person.name == "boss"
    assert ann.client.person.name == "boss"
    assert not [event for event in ann.events if event["type"] == "named"]
    await boss.say(type="refresh", token=place.admin_token(name="Chef"))
    await boss.get("ok")
    assert not [event for event in ann.events if event["type"] == "named"]


@scenario()
async def test_overseer_reads_along_and_may_speak(place: Place) -> None:
    ann, boss = await place.guest("Ann"), await place.overseer()
    await say(ann, "hello?", "k1")
    assert (await boss.get("message"))["text"] == "hello?"
    await say(boss, "hello!", "k1")
    assert (await ann.get("message", seq=2))["from"]["kind"] == "admin"


@scenario()
async def test_looking_on_wakes_no_room_that_was_put_away(place: Place) -> None:
    sue = await place.member("Sue", "talk-1", rooms={"talk-1": ["write"]})
    sue.hang_up()
    for seconds in (11, 3600):
        place.pass_time(seconds)
    await place.hub.archive_idle()
    record = place.hub.record("talk-1")
    assert record is not None
    assert record.archived is not None
    await place.overseer("talk-1")
    assert record.archived is not None
    await place.guest("Ann", "talk-1")
    assert record.archived is None


@scenario()
async def test_token_of_a_session_that_ended_opens_nothing(place: Place) -> None:
    token = place.admin_token()
    place.sessions.clear()
    line = place.connect()
    await line.refused("unauthorized", type="hello", protocol=1, token=token)
    assert line.code == 4002
    assert not place.hub.watched


@scenario()
async def test_refresh_with_a_token_of_a_session_that_ended_is_refused(place: Place) -> None:
    boss = await place.overseer()
    token = place.admin_token()
    place.sessions.clear()
    await boss.refused("unauthorized", type="refresh", token=token)


@scenario()
async def test_signing_out_ends_the_connections_of_that_session(place: Place) -> None:
    one, two = await place.overseer(), await place.overseer(None)
    other, ann = await place.overseer(session="07e4"), await place.guest("Ann")
    assert place.hub.watched
    place.hub.expel_session("5e55")
    assert [line.code for line in (one, two, other, ann)] == [4002, 4002, None, None]
    for line in (one, two, other):
        line.hang_up()
    assert not place.hub.watched


@scenario()
async def test_connection_follows_the_session_of_its_newest_token(place: Place) -> None:
    boss = await place.overseer()
    await boss.say(type="refresh", token=place.admin_token(session="07e4"))
    await boss.get("ok")
    place.hub.expel_session("5e55")
    assert boss.code is None
    place.hub.expel_session("07e4")
    assert boss.code == 4002


@scenario()
async def test_news_go_to_those_whom_they_concern(place: Place) -> None:
    boss = await place.overseer(None)
    mod = await place.overseer(None, session="07e4", rooms=frozenset({"den"}))
    ann = await place.guest("Ann", None)
    await ann.join("lobby", token=await place.invite("lobby", "moderate"))
    for line in (boss, mod):
        line.events.clear()
    place.hub.tell_admins(AdminEvent("figures", data=Raw(b'{"lag":1}')))
    place.hub.tell_admins(AdminEvent("messages", "lobby"), ["lobby"])
    place.hub.tell_admins(AdminEvent("messages", "den"), ["den", "lobby"])
    figures = {"type": "admin", "topic": "figures", "data": {"lag": 1}}
    lobby = {"type": "admin", "topic": "messages", "room": "lobby"}
    den = {"type": "admin", "topic": "messages", "room": "den"}
    assert heard(boss) == [figures, lobby, den]
    assert heard(mod) == [den]
    assert heard(ann) == []


@scenario()
async def test_bans_are_news(place: Place) -> None:
    boss = await place.overseer(None)
    mod = await place.overseer(None, session="07e4", rooms=frozenset({"den"}))
    made = await place.admin.add_ban(person="g_a", room="den", seconds=60)
    await place.admin.remove_ban(made.id)
    await place.admin.add_ban(person="g_b", room="den", seconds=60)
    place.pass_time(60)
    place.bans.guard("198.51.100.9", 60)
    about_den = {"type": "admin", "topic": "bans", "room": "den"}
    bans = [event for event in heard(boss) if event["topic"] == "bans"]
    assert heard(mod) == [about_den] * 4
    assert bans == [about_den] * 4 + [{"type": "admin", "topic": "bans"}]


@scenario()
async def test_moderator_of_a_room_looks_into_no_other(place: Place) -> None:
    mod = await place.overseer("den", rooms=frozenset({"den"}))
    assert "moderate" in place.hub.grants(mod.client, "den")
    assert place.hub.grants(mod.client, "vault") == frozenset()
    await mod.refused("not_found", type="join", room="vault")
