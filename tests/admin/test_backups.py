"""The backup to take along: made beside everything else, one at a time, gone afterwards."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.admin.office import Office, scenario
from tests.admin.operator import Operator
from tornchat.admin import backups
from tornchat.admin.actor import Actor
from tornchat.errors import Conflict, NotFound
from tornchat.store import Store, restore


async def until(office: Office, state: str) -> Any:
    async with asyncio.timeout(20):
        while (found := await office.administration.backup()).state != state:
            await asyncio.sleep(0.001)
    return found


@scenario()
async def test_backup_is_made_and_can_be_restored(office: Office) -> None:
    await office.administration.set_room("den", title="The den")
    assert (await office.administration.backup()).state == "none"
    begun = await office.administration.make_backup()
    assert begun.state == "working"
    ready = await until(office, "ready")
    path = Path(ready.path)
    about = await asyncio.to_thread(path.stat)
    assert ready.size == about.st_size > 0
    assert about.st_mode & 0o777 == 0o600
    assert ready.made == int(office.clock.now * 1000)
    assert office.machine.told >= 2
    elsewhere = office.machine.folder.parent / "elsewhere"
    restore(elsewhere, path)
    store = Store.open(elsewhere)
    try:
        assert "The den" in [room.title for room in store.rooms()]
    finally:
        store.close()
    row = (await office.administration.audit())[0]
    assert row.verb == "make_backup"


@scenario()
async def test_one_backup_at_a_time(office: Office) -> None:
    gate = threading.Event()

    def slow(target: Path, tell: Any) -> None:
        tell("copying", 0.25)
        gate.wait(10)
        target.write_bytes(b"x")

    office.store.backup = slow  # type: ignore[method-assign]
    await office.administration.make_backup()
    with pytest.raises(Conflict):
        await office.administration.make_backup()
    async with asyncio.timeout(10):
        while not (await office.administration.backup()).part:
            await asyncio.sleep(0.001)
    working = await office.administration.backup()
    assert (working.step, working.part, working.path) == ("copying", 0.25, "")
    gate.set()
    await until(office, "ready")
    await office.administration.make_backup()


@scenario()
async def test_backup_that_fails_says_why(office: Office) -> None:
    blocked = office.machine.folder / f"{backups.NAME}.new"
    blocked.mkdir()
    (blocked / "x").touch()
    await office.administration.make_backup()
    failed = await until(office, "failed")
    assert failed.error and not failed.path


def test_backup_goes_after_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "KEPT_SECONDS", 0.0)

    @scenario()
    async def body(office: Office) -> None:
        await office.administration.make_backup()
        await until(office, "none")
        assert not (office.machine.folder / backups.NAME).exists()

    body(tmp_path)


@scenario()
async def test_stop_gives_up_what_is_being_made_and_leaves_nothing(office: Office) -> None:
    begun = threading.Event()

    def endless(target: Path, tell: Any) -> None:
        target.write_bytes(b"x")
        while True:
            begun.set()
            tell("copying", 0.5)

    office.store.backup = endless  # type: ignore[method-assign]
    await office.administration.make_backup()
    await asyncio.to_thread(begun.wait, 10)
    async with asyncio.timeout(10):
        await office.machine.backups.stop()
    assert not (office.machine.folder / backups.NAME).exists()


@scenario()
async def test_start_removes_what_a_crash_has_left(office: Office) -> None:
    left = office.machine.folder / backups.NAME
    left.write_bytes(b"x")
    office.machine.backups.start()
    assert not left.exists()


@scenario()
async def test_moderators_get_no_backup(office: Office) -> None:
    bob = Operator(office.verbs, Actor("bob", "moderator", "", frozenset({"den"})))
    for verb in (bob.backup, bob.make_backup):
        with pytest.raises(NotFound):
            await verb()
