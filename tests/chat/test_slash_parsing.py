"""What was typed behind a slash command, taken apart."""

import pytest

from tornchat.chat.slash.parsing import (
    duration,
    for_how_long,
    split,
    take_duration,
    take_name,
)
from tornchat.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("/me waves  at all ", "me", "waves  at all"),
        ("/ME\twaves", "me", "waves"),
        ("/who", "who", ""),
        ("/", "", ""),
        ("/ me", "me", ""),
        ("/me\nline", "me", "line"),
    ],
)
def test_command_and_the_rest(text: str, name: str, rest: str) -> None:
    assert split(text) == (name, rest)


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("Ann 10m spam", "Ann", "10m spam"),
        ("@Ann", "Ann", ""),
        ('"Guest 12"  too loud', "Guest 12", "too loud"),
        ('@"Guest 12"', "Guest 12", ""),
        ('" Guest 12 "', "Guest 12", ""),
        ('""', "", ""),
        ("", "", ""),
        ("O'Hara off", "O'Hara", "off"),
    ],
)
def test_name_and_the_rest(text: str, name: str, rest: str) -> None:
    assert take_name(text) == (name, rest)


@pytest.mark.parametrize("text", ['"Guest 12', '"Guest"12', '"', "x" * 201])
def test_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        take_name(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("2H", 7200), ("7d", 604_800), ("1w", 604_800)],
)
def test_duration_is_read(text: str, seconds: int) -> None:
    assert duration(text) == seconds
    assert take_duration(f"{text} too loud") == (seconds, "too loud")


@pytest.mark.parametrize("text", ["10", "m", "0m", "-1m", "1.5h", "10 m", "10mm", "²m", "1234567s"])
def test_other_words_are_no_durations(text: str) -> None:
    assert duration(text) is None
    assert take_duration(f"{text} ago")[0] is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "until it is lifted"),
        (1, "for 1 second"),
        (90, "for 90 seconds"),
        (600, "for 10 minutes"),
        (3600, "for 1 hour"),
        (172_800, "for 2 days"),
    ],
)
def test_duration_is_said(seconds: int | None, words: str) -> None:
    assert for_how_long(seconds) == words
