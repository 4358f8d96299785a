"""The configuration from the admin page: what is shown, what can be set, and what has the last
word."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.admin.office import Office, scenario
from tests.admin.operator import Operator
from tornchat.admin.actor import Actor
from tornchat.config.keys import KEYS
from tornchat.config.pagefile import NAME
from tornchat.errors import BadRequest, ConfigError, Conflict, NotFound, StorageUnavailable

BOB = Actor("bob", "moderator", "192.0.2.8", frozenset({"den"}))


async def setting(office: Office, section: str, name: str) -> Any:
    found = await office.administration.settings()
    return next(info for info in found if (info.section, info.name) == (section, name))


def stored(office: Office) -> dict[str, str]:
    found: dict[str, str] = json.loads((office.machine.folder / NAME).read_text())
    return found


@scenario()
async def test_every_key_is_shown_with_where_it_was_said(office: Office) -> None:
    office.machine.environ["TORNCHAT_LIMITS_CONNECTIONS"] = "9"
    found = await office.administration.settings()
    assert {(i.section, i.name) for i in found} >= {(key.section, key.name) for key in KEYS}
    assert ("room den", "topic", "Quiet") in {(i.section, i.name, i.text) for i in found}
    burst = await setting(office, "limits", "burst")
    assert (burst.text, burst.default, burst.change, burst.page) == ("7", "10", "yes", None)
    assert burst.origin.endswith("tornchat.conf:2")
    changes = {(i.section, i.name): i.change for i in found}
    assert changes["limits", "connections"] == "set"
    assert changes["server", "data_dir"] == "restart"
    assert changes["server", "tls_key"] == changes["room den", "topic"] == "host"


@scenario()
async def test_setting_holds_at_once_and_is_kept_for_the_next_start(office: Office) -> None:
    info = await office.administration.set_setting("limits", "burst", "20")
    assert (info.text, info.origin, info.page, info.beneath) == ("20", "admin page", "20", "7")
    assert [config.limits.burst for config in office.machine.applied] == [20]
    assert office.machine.read(None).config().limits.burst == 20
    path = office.machine.folder / NAME
    assert stored(office) == {"limits.burst": "20"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.glob("settings*")] == [NAME]


@scenario()
async def test_setting_is_taken_back(office: Office) -> None:
    await office.administration.set_setting("limits", "burst", "20")
    await office.administration.set_setting("rooms", "history_age", "90d")
    info = await office.administration.set_setting("limits", "burst")
    assert (info.text, info.page) == ("7", None)
    assert office.machine.applied[-1].limits.burst == 7
    assert office.machine.applied[-1].rooms.history_age == 90 * 86400
    assert stored(office) == {"rooms.history_age": "90d"}


@pytest.mark.parametrize(
    ("kind", "words", "args"),
    [
        (NotFound, "no such setting", ("limits", "bursts", "1")),
        (NotFound, "no such setting", (["limits"], "burst", "1")),
        (NotFound, "no such setting", ("room den", "topic", "x")),
        (BadRequest, "expected a whole number", ("limits", "burst", "many")),
        (BadRequest, "one line", ("limits", "burst", "1\n[server]")),
        (BadRequest, "text:", ("limits", "burst", 7)),
        (BadRequest, "in the file", ("server", "data_dir", "/elsewhere")),
        (BadRequest, "in the file", ("server", "tls_key", "/etc/hostname")),
        (BadRequest, "in the file", ("server", "secret_key_file", "/etc/hostname")),
    ],
)  # fmt: skip
def test_wrong_setting_changes_nothing(tmp_path: Path, kind: Any, words: str, args: Any) -> None:
    @scenario()
    async def body(office: Office) -> None:
        with pytest.raises(kind, match=words):
            await office.administration.set_setting(*args)
        assert not office.machine.applied
        assert not (office.machine.folder / NAME).exists()
        assert await office.administration.audit() == []

    body(tmp_path)


@pytest.mark.parametrize("above", ["environment", "flag"])
def test_environment_and_flags_have_the_last_word(tmp_path: Path, above: str) -> None:
    @scenario()
    async def body(office: Office) -> None:
        await office.administration.set_setting("limits", "burst", "20")
        if above == "flag":
            office.machine.flags["limits.burst"] = "3"
        else:
            office.machine.environ["TORNCHAT_LIMITS_BURST"] = "3"
        with pytest.raises(Conflict, match="has the last word"):
            await office.administration.set_setting("limits", "burst", "30")
        assert (await setting(office, "limits", "burst")).text == "3"
        assert stored(office) == {"limits.burst": "20"}

    body(tmp_path)


@scenario()
async def test_setting_that_cannot_be_applied_is_not_kept(office: Office) -> None:
    await office.administration.set_setting("limits", "burst", "20")
    office.machine.refusal = ConfigError("the certificate is wrong")
    with pytest.raises(BadRequest, match="certificate"):
        await office.administration.set_setting("limits", "burst", "30")
    assert stored(office) == {"limits.burst": "20"}


@scenario()
async def test_mistake_in_the_file_is_told_and_keeps_what_was_set(office: Office) -> None:
    office.machine.file.write_text("[limits]\nbirst = 7\n")
    with pytest.raises(BadRequest, match=r"tornchat.conf:2.*birst"):
        await office.administration.set_setting("limits", "burst", "30")
    with pytest.raises(StorageUnavailable, match="birst"):
        await office.administration.settings()


@scenario()
async def test_two_settings_of_one_moment_both_hold(office: Office) -> None:
    import asyncio

    verb = office.administration.set_setting
    await asyncio.gather(verb("limits", "burst", "20"), verb("rooms", "allow_guests", "no"))
    assert stored(office) == {"limits.burst": "20", "rooms.allow_guests": "no"}


@scenario()
async def test_change_is_in_the_audit_log(office: Office) -> None:
    await office.administration.set_setting("limits", "burst", "20")
    (row,) = await office.administration.audit()
    assert (row.verb, row.subject) == ("set_setting", "[limits] burst")
    assert '"text":"20"' in row.detail


@scenario()
async def test_configuration_is_not_there_for_moderators(office: Office) -> None:
    bob = Operator(office.verbs, BOB)
    for verb, args in ((bob.settings, ()), (bob.set_setting, ("limits", "burst", "1"))):
        with pytest.raises(NotFound):
            await verb(*args)
