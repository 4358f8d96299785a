"""The account whose password lies in a file."""

from pathlib import Path
from typing import Any

import pytest

from tests.admin.office import Office, scenario
from tornchat.admin import unattended
from tornchat.errors import ConfigError, Forbidden

GOOD = "violet tram over nine hills"
BETTER = "eleven owls beside the quarry"


def file(office: Office, text: str | bytes) -> Path:
    path = Path(office.store._folder.path) / "password"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


async def opens(office: Office, password: str) -> bool:
    try:
        await office.sign_in.confirm("admin", password, None, "x")
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_account_has_the_password_of_the_file(tmp_path: Any, end: str) -> None:
    @scenario()
    async def body(office: Office) -> None:
        await unattended.set_up(office.sign_in, file(office, GOOD + end))
        assert await opens(office, GOOD)
        assert not office.sign_in.book.lacks_admin

    body(tmp_path)


@scenario()
async def test_same_file_changes_nothing_and_signs_nobody_out(office: Office) -> None:
    path = file(office, GOOD)
    await unattended.set_up(office.sign_in, path)
    (account,) = office.sign_in.book.all()
    session, _ = await office.sign_in.sessions.open(account.id, "x", "")
    await unattended.set_up(office.sign_in, path)
    assert office.sign_in.book.all() == [account]
    assert office.sign_in.who(session, "x") is not None


@scenario()
async def test_other_file_changes_the_password_and_ends_the_sessions(office: Office) -> None:
    await unattended.set_up(office.sign_in, file(office, GOOD))
    (account,) = office.sign_in.book.all()
    session, _ = await office.sign_in.sessions.open(account.id, "x", "")
    await unattended.set_up(office.sign_in, file(office, BETTER))
    assert not await opens(office, GOOD)
    assert await opens(office, BETTER)
    assert office.sign_in.who(session, "x") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [(b"short", "at least 8"), (b"password1", "easy to guess"), (b"\xff" * 9, "UTF-8"), (b"", "8")],
)
def test_password_that_will_not_do_stops_the_start_in_one_line(
    tmp_path: Any, text: bytes, words: str
) -> None:
    @scenario()
    async def body(office: Office) -> None:
        with pytest.raises(ConfigError, match=r"\[admin\] password_file") as caught:
            await unattended.set_up(office.sign_in, file(office, text))
        assert words in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
        assert office.sign_in.book.all() == []

    body(tmp_path)


@scenario()
async def test_file_that_cannot_be_read_stops_the_start(office: Office) -> None:
    with pytest.raises(ConfigError, match="password_file"):
        await unattended.set_up(office.sign_in, Path("/nowhere/at/all"))
