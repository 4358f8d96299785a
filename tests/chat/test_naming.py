"""Names: a verified person takes theirs, and no guest passes for one."""

import pytest

from tests.chat.place import Place, say, scenario


@scenario()
async def test_verified_person_takes_the_name_and_the_guest_is_told_why(place: Place) -> None:
    guest, other = await place.guest("Ann"), await place.guest("Ben")
    member = await place.member("Ann")
    named = await guest.get("named")
    assert (named["person"]["name"], named["was"]) == ("Ann 2", "Ann")
    assert "verified" in named["reason"]
    assert await other.get("named") == named
    assert (member.client.person.name, guest.client.person.name) == ("Ann", "Ann 2")
    await say(guest, "hi", "k1")
    sender = (await other.get("message"))["from"]
    assert (sender["name"], sender["verified"]) == ("Ann 2", False)


@scenario()
async def test_guest_who_looks_like_a_verified_person_gives_way(place: Place) -> None:
    lookalikes = [await place.guest(name) for name in ("Аnn", "ANN 2")]
    await place.member("Ann")
    assert (await lookalikes[0].get("named"))["person"]["name"] == "Аnn 3"
    late = await place.guest("ann")
    assert (await late.get("named"))["person"]["name"] == "ann 4"
    await late.say(type="name", name="Αnn")  # a Greek capital alpha
    assert (await late.get("named"))["person"]["name"] not in {"Αnn", "Ann"}


@scenario()
async def test_guest_who_has_just_gone_gives_way_too(place: Place) -> None:
    guest, other = await place.guest("Ann"), await place.guest("Ben")
    guest.hang_up()
    await place.member("Ann")
    assert (await other.get("named", was="Ann"))["person"]["name"] == "Ann 2"
    place.pass_time(11)
    assert {p.name for p in place.hub.rooms.open("lobby").presence} == {"Ann", "Ben"}


@scenario()
async def test_name_of_a_verified_person_is_taken_in_each_of_their_rooms(place: Place) -> None:
    guest = await place.guest("Ann", room="den")
    member = await place.member("Ann")
    assert guest.client.person.name == "Ann"
    await member.join("den")
    assert guest.client.person.name == "Ann 2"


@scenario()
async def test_new_name_of_a_verified_person_is_taken_as_well(place: Place) -> None:
    member, guest = await place.member("Ann"), await place.guest("Bea")
    await member.say(type="refresh", token=place.site_token("Ann", name="Bea"))
    assert (member.client.person.name, guest.client.person.name) == ("Bea", "Bea 2")


@scenario()
async def test_two_verified_people_of_one_name_are_told_apart(place: Place) -> None:
    first, second = await place.member("1", name="Ann"), await place.member("2", name="Ann")
    assert (first.client.person.name, second.client.person.name) == ("Ann", "Ann 2")


@scenario()
async def test_name_that_is_vouched_for_is_not_changed_by_hand(place: Place) -> None:
    member = await place.member("Ann")
    await member.refused("forbidden", type="name", name="Ben")
    assert member.client.person.name == "Ann"


@scenario()
async def test_names_of_those_in_charge_are_for_verified_people(place: Place) -> None:
    assert (await place.member("Support")).client.person.name == "Support"


@pytest.mark.parametrize(
    "name", ["Ann ✓", "✔️ Ann", "Ann ✅", "Ann (verified)", "VERIFIED Ann", "☑"]
)
def test_guest_wears_no_mark_of_the_verified(tmp_path, name: str) -> None:  # type: ignore[no-untyped-def]
    @scenario()
    async def run(place: Place) -> None:
        line = place.connect()
        await line.refused("bad_request", type="hello", protocol=1, name=name)
        await line.hello(name="Ann")
        await line.refused("bad_request", type="name", name=name)
        assert line.client.person.name == "Ann"

    run(tmp_path)


@scenario()
async def test_emoji_and_unverified_words_are_fine_for_guests(place: Place) -> None:
    for name in ("Ann 🦊", "Unverified Ben"):
        assert (await place.guest(name)).client.person.name == name
