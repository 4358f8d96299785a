"""Bans from the whole server: whom they keep out, until when, and how often they did."""

import asyncio
from pathlib import Path

import pytest

from tests.access.tokens import Clock
from tests.admin.office import Office, open_office, scenario
from tornchat.access.places import place
from tornchat.chat.bans import Bans
from tornchat.errors import NotFound
from tornchat.store import BanRecord

HOME = "192.0.2.7"


async def ban(
    bans: Bans, where: str | None = None, *, who: str | None = None, until: int | None = None
) -> BanRecord:
    return await bans.add(place=where, person_id=who, expires=until, reason="spam")


@pytest.mark.parametrize(
    ("banned", "asking", "kept_out"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_ban_of_a_place_keeps_out_who_comes_from_there(
    tmp_path: Path, banned: str, asking: str, kept_out: bool
) -> None:
    async def run() -> None:
        async with open_office(tmp_path / "data") as office:
            await ban(office.bans, place(banned))
            assert (office.bans.find(place(asking)) is not None) == kept_out

    asyncio.run(run())


@scenario()
async def test_ban_of_a_person_follows_them(office: Office) -> None:
    made = await ban(office.bans, who="g_ann")
    assert office.bans.find(HOME, "g_ann") is made
    assert office.bans.find(HOME, "g_bob") is None
    assert office.bans.find(HOME) is None
    assert office.bans.find("") is None
    assert office.banned == [made]


@scenario()
async def test_ban_ends_by_itself(office: Office) -> None:
    now = int(office.clock.now * 1000)
    await ban(office.bans, HOME, until=now + 60_000)
    longer = await ban(office.bans, HOME, until=now + 120_000)
    office.clock.now += 59.999
    assert len(office.bans.bans()) == 2
    office.clock.now += 0.001
    assert office.bans.find(HOME) is longer
    assert office.bans.bans() == [longer]
    office.clock.now += 60
    assert office.bans.find(HOME) is None
    assert office.bans.bans() == []


@scenario()
async def test_ban_is_lifted(office: Office) -> None:
    made = await ban(office.bans, HOME)
    other = await ban(office.bans, who="g_ann")
    assert await office.bans.remove(made.id) is made
    assert office.bans.find(HOME) is None
    assert office.store.bans() == office.bans.bans() == [other]
    with pytest.raises(NotFound):
        await office.bans.remove(made.id)


@scenario()
async def test_ban_that_ends_while_it_is_lifted(office: Office) -> None:
    made = await ban(office.bans, HOME, until=int(office.clock.now * 1000) + 1000)
    with office.slow_disk():
        lifting = asyncio.ensure_future(office.bans.remove(made.id))
        await asyncio.sleep(0)
        office.clock.now += 1
        assert office.bans.bans() == []
    assert await lifting is made


@scenario()
async def test_ban_of_an_operator_counts_once_it_is_on_disk(office: Office) -> None:
    with office.slow_disk():
        waiting = asyncio.ensure_future(ban(office.bans, HOME))
        await asyncio.sleep(0)
        assert office.bans.find(HOME) is None
    await waiting
    assert office.bans.find(HOME) is not None


@scenario()
async def test_ban_by_the_guard_counts_at_once_and_is_stored(office: Office) -> None:
    with office.slow_disk():
        office.bans.guard(HOME, 900)
        found = office.bans.find(HOME)
        assert found in office.banned
        assert found.hits == 1
    await office.written()
    stored = office.store.bans()[0]
    assert (stored.place, stored.source) == (HOME, "guard")
    assert stored.expires == stored.created + 900_000
    await office.bans.remove(stored.id)
    assert office.bans.find(HOME) is None


@scenario()
async def test_ban_by_the_guard_holds_without_a_disk(
    office: Office,
) -> None:
    await asyncio.to_thread(office.store.journal.stop)
    office.bans.guard(HOME, 900)
    assert office.bans.find(HOME)


@scenario()
async def test_hits_are_counted_and_written_once_a_minute(office: Office) -> None:
    made = await ban(office.bans, HOME)
    on_disk = []
    for seconds in (0, 1, 58, 1, 1, 59):
        office.clock.now += seconds
        office.bans.find(HOME)
        await office.written()
        on_disk.append(office.store.bans()[0].hits)
    assert made.hits == 6
    assert on_disk == [1, 1, 1, 4, 4, 6]


def test_bans_are_the_same_after_a_restart(tmp_path: Path) -> None:
    async def before() -> list[BanRecord]:
        async with open_office(tmp_path / "data") as office:
            now = int(office.clock.now * 1000)
            await ban(office.bans, "198.51.100.1", until=now + 1000)
            await ban(office.bans, HOME)
            await ban(office.bans, who="g_ann", until=now + 60_000)
            await office.bans.add(
                place=None, person_id="g_bob", expires=None, reason="", room="vault"
            )
            return office.bans.bans()

    async def after(kept: list[BanRecord]) -> None:
        clock = Clock()
        clock.now += 2
        async with open_office(tmp_path / "data", clock=clock) as office:
            assert office.bans.bans() == kept[:3]
            assert office.bans.find(HOME)
            assert office.bans.find("", "g_ann")
            assert office.bans.find("", "g_bob") is None

    asyncio.run(after(asyncio.run(before())))
