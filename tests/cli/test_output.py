"""Times and durations as people read them; what a pipe gets."""

import time

import pytest

from tornchat.cli import output


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59.4, "59s"),
        (60, "1m"),
        (90, "90s"),
        (110, "110s"),
        (119.8, "2m"),
        (3600, "1h"),
        (5400, "90m"),
        (86400, "1d"),
        (36 * 3600, "36h"),
        (2 * 86400 - 9, "2d"),
        (7 * 86400 - 0.2, "7d"),
        (400 * 86400, "400d"),
    ],
)
def test_duration_is_told_in_the_unit_that_says_enough(seconds, text):
    assert output.span(seconds) == text


def test_times_are_told_from_now(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    assert output.ago(1_000_000_000 - 7_200_000) == "2h ago"
    assert output.ago(1_000_000_000 + 5_000) == "0s ago"
    assert output.ago(None) == "-"
    assert output.ahead(1_000_000_000 + 600_000, "always") == "for 10m"
    assert output.ahead(None, "always") == "always"


def test_moment_is_in_the_time_of_this_machine(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert output.moment(0) == output.moment(None) == "-"
        assert output.moment(1_795_273_839_671) == "2026-11-22 00:10"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_pipe_gets_no_progress(capsys):
    with output.progress() as tell:
        tell("copying", 0.5)
    assert capsys.readouterr() == ("", "")
