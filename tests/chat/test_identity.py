"""Who somebody is: tokens of sites and keys, how long they count, and who may not come in."""

import pytest

from tests.chat.place import Line, Place, scenario
from tornchat.access import secrets
from tornchat.errors import NotFound

# ── hello ───────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_member_is_verified_and_wears_the_badge_of_the_site(place: Place) -> None:
    guest = await place.guest("Ben")
    place.pass_time(30)
    ann = place.connect()
    token = place.site_token("Ann", info={"badge": "Gold"})
    welcome = await ann.hello(token=token, name="Somebody")
    person = welcome["person"]
    assert (person["name"], person["verified"], person["kind"]) == ("Ann", True, "member")
    assert person["badge"] == "Gold"
    assert person["id"].startswith("m_")
    assert "guest_token" not in welcome
    await ann.join("lobby")
    place.pass_time(0.25)
    joins = (await guest.get("presence", count=2))["joins"]
    assert [p for p in joins if p["id"] == person["id"]] == [person]


@scenario()
async def test_member_of_two_connections_is_one_person(place: Place) -> None:
    tabs = [await place.member("Ann") for _ in range(2)]
    assert tabs[0].client.known is tabs[1].client.known


@scenario()
async def test_key_makes_a_bot_for_its_rooms_and_no_others(place: Place) -> None:
    bot = place.connect()
    welcome = await bot.hello(token=await place.key("den", label="Weather"))
    person = welcome["person"]
    assert (person["name"], person["verified"], person["kind"]) == ("Weather", True, "bot")
    assert (await bot.join("den"))["can"] == ["read", "write"]
    await bot.refused("forbidden", type="join", room="lobby")
    await bot.refused("not_found", type="join", room="vault")


@scenario()
async def test_unknown_key_ends_the_connection(place: Place) -> None:
    line = place.connect()
    await line.refused("unauthorized", type="hello", protocol=1, token=secrets.new_token("key"))
    assert line.code == 4501


@scenario()
async def test_revoked_key_ends_what_is_connected_and_who_comes_back(place: Place) -> None:
    text = await place.key("den")
    bot, other = place.connect(), await place.guest("Ann")
    await bot.hello(token=text)
    await place.admin.revoke_token(1)
    late = place.connect()
    await late.say(type="hello", protocol=1, token=text)
    assert (bot.code, late.code, other.code) == (4502, 4502, None)


@scenario()
async def test_key_whose_time_is_over_ends_what_is_connected(place: Place) -> None:
    bot = place.connect()
    await bot.hello(token=await place.key("den", expires=60))
    place.pass_time(59)
    assert bot.code is None
    place.pass_time(1)
    assert bot.code == 4502


@scenario()
async def test_invite_is_no_identity(place: Place) -> None:
    line = place.connect()
    await line.refused("unauthorized", type="hello", protocol=1, token=await place.invite("vault"))
    assert line.code is None


# ── expiry and refresh ──────────────────────────────────────────────────────────────────────────


@scenario()
async def test_connection_ends_half_a_minute_after_its_token(place: Place) -> None:
    ann, ben = await place.member("Ann"), await place.guest("Ben")
    place.pass_time(3600 + 29.5)
    assert ann.code is None
    place.pass_time(0.5)
    assert (await ann.get("bye"))["code"] == ann.code == 4002
    assert ben.code is None
    back = place.connect()
    await back.say(type="hello", protocol=1, token=place.site_token("Ann", exp=1, iat=0))
    assert back.code == 4002


@scenario()
async def test_refresh_carries_a_connection_on(place: Place) -> None:
    ann = await place.member("Ann")
    place.pass_time(3000)
    await ann.say(type="refresh", token=place.site_token("Ann"), ref="r")
    await ann.get("ok", ref="r")
    place.pass_time(3600)
    assert ann.code is None
    place.pass_time(30)
    assert ann.code == 4002


@scenario()
async def test_those_who_left_are_not_kept_until_their_token_expires(place: Place) -> None:
    ann = await place.member("Ann")
    assert len(place.hub._expiring) == 1
    ann.hang_up()
    assert len(place.hub._expiring) == 0


@scenario()
async def test_clock_that_is_set_ends_nobody(place: Place) -> None:
    ann = await place.member("Ann")
    place.utc.now += 7200
    place.hub.tick()
    assert ann.code is None


@scenario()
async def test_refresh_of_somebody_else_is_forbidden(place: Place) -> None:
    ann, ben = await place.member("Ann"), await place.guest("Ben")
    for token in (
        place.site_token("Eve"),
        place.site_token("Ann", site="club"),
        place.hub.guests.issue("g_1"),
        "junk",
    ):
        await ann.refused("forbidden", type="refresh", token=token)
    await ben.refused("forbidden", type="refresh", token=place.site_token("Ben"))
    assert (ann.code, ben.client.person.verified) == (None, False)


@pytest.mark.parametrize("claims", [{"exp": 1, "iat": 0}, {"aud": "other"}, {"kid": "x"}])
def test_refresh_that_fails_leaves_the_connection_as_it_is(tmp_path, claims) -> None:  # type: ignore[no-untyped-def]
    @scenario()
    async def run(place: Place) -> None:
        ann = await place.member("Ann")
        token = place.site_token("Ann", **claims)
        if "kid" in claims:
            token = token[:-4] + "AAAA"
        await ann.refused("unauthorized", type="refresh", token=token)
        assert ann.code is None
        await ann.say(type="send", room="lobby", text="still here", client_id="k")
        await ann.get("ack")

    run(tmp_path)


@scenario()
async def test_refresh_changes_what_one_may_do_at_once(place: Place) -> None:
    ann = await place.member("Ann", rooms={"lobby": ["read"], "den": ["read"]})
    await ann.join("den")
    await ann.say(type="refresh", token=place.site_token("Ann", rooms={"lobby": ["write"]}))
    assert (await ann.get("left"))["code"] == "forbidden"
    assert (await ann.get("room"))["can"] == ["read", "write"]
    assert set(ann.client.rooms) == {"lobby"}


@scenario()
async def test_refresh_takes_over_name_and_badge(place: Place) -> None:
    ann, ben = await place.member("Ann"), await place.guest("Ben")
    token = place.site_token("Ann", name="Dr Ann", info={"badge": "Dr"})
    await ann.say(type="refresh", token=token)
    person = (await ben.get("named"))["person"]
    assert (person["name"], person["badge"]) == ("Dr Ann", "Dr")


# ── bans and guesses ────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_banned_place_is_sent_away_at_once(place: Place) -> None:
    await place.admin.add_ban(place="192.0.2.7", seconds=60)
    line, other = place.connect(address="192.0.2.7"), place.connect(address="192.0.2.8")
    assert (await line.get("bye"))["code"] == line.code == 4505
    assert other.code is None
    place.pass_time(61)
    assert place.connect(address="192.0.2.7").code is None


@scenario()
async def test_ban_ends_those_who_are_connected(place: Place) -> None:
    ann, ben = await place.member("Ann"), await place.guest("Ben")
    await place.admin.add_ban(person=ann.client.person.id)
    assert (ann.code, ben.code) == (4505, None)
    back = place.connect()
    await back.say(type="hello", protocol=1, token=place.site_token("Ann"))
    assert back.code == 4505
    await place.admin.add_ban(place="192.0.2.1")
    assert ben.code == 4505


async def guess(line: Line, token: str) -> str:
    await line.say(type="join", room="vault", token=token)
    return (await line.get("error"))["code"]  # type: ignore[no-any-return]


@scenario()
async def test_guessing_is_slow_and_then_ends(place: Place) -> None:
    line, looked_up = await place.guest("Eve"), 0
    find = place.hub.keyring.find

    def count(text: str) -> object:
        nonlocal looked_up
        looked_up += 1
        return find(text)

    place.hub.keyring.find = count  # type: ignore[method-assign, assignment]
    tries = 0
    while line.code is None and tries < 10_000:
        tries += 1
        await line.say(type="join", room="vault", token=secrets.new_token("invite"))
        place.clock.now += 1.0
        line.client._hurried = None
    assert line.code == 4505
    assert looked_up < 30 < tries, "what comes while one has to wait is not looked at"
    near, far = place.connect(), place.connect(address="192.0.2.8")
    assert (near.code, far.code) == (4505, None)
    await far.hello()
    await far.join("lobby")


@scenario()
async def test_same_wrong_guess_counts_once(place: Place) -> None:
    line, wrong = await place.guest("Ann"), secrets.new_token("invite")
    assert {await guess(line, wrong) for _ in range(15)} == {"unauthorized"}
    for _ in range(14):
        await line.refused("not_found", type="history", room="nowhere")


@scenario()
async def test_room_names_are_guesses_too_and_hidden_rooms_count_alike(place: Place) -> None:
    line = await place.guest("Ann")
    for name in ("vault", "a", "b", "c", "d", "e"):
        await line.refused("not_found", type="join", room=name)
    for name in ("vault", "f"):
        refusal = await line.refused("rate_limited", type="join", room=name)
        assert 0 < refusal["retry_after"] <= 1
    await line.join("den")
    assert await guess(line, await place.invite("vault")) == "rate_limited"


@scenario()
async def test_those_who_are_let_in_already_wait_for_nobodys_guesses(place: Place) -> None:
    ann, text = await place.guest("Ann", room=None), await place.invite("vault")
    await ann.join("vault", token=text)
    eve = await place.guest("Eve")
    for name in "abcdef":
        await eve.refused("not_found", type="join", room=name)
    await eve.refused("rate_limited", type="join", room="vault")
    await ann.join("vault", token=text)


@scenario()
async def test_members_of_a_deleted_room_do_not_guess_by_coming_back(place: Place) -> None:
    ann = await place.guest("Ann", room=None)
    for number in range(20):
        await place.admin.create_room(f"r{number}")
        await ann.join(f"r{number}")
        await place.admin.delete_room(f"r{number}")
    for number in range(20):
        await ann.refused("not_found", type="join", room=f"r{number}")
    stranger = await place.guest("Eve", room=None)
    for number in range(6):
        await stranger.refused("not_found", type="join", room=f"r{number}")
    await stranger.refused("rate_limited", type="join", room="r6")
    with pytest.raises(NotFound):
        await place.admin.room("r0")
