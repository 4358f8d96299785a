"""Tables that fit and line up, times and durations as people read them."""

import time

import pytest

from tornchat.cli import output
from tornchat.cli.output import Column, lines

COLUMNS = [
    Column("ID", lambda row: str(row["id"]), right=True),
    Column("NAME", lambda row: row["name"], elastic=True),
    Column("WORDS", lambda row: row["words"], elastic=True),
]


def rows(*names):
    return [{"id": number, "name": n, "words": w} for number, (n, w) in enumerate(names, 9)]


def test_columns_line_up():
    assert list(lines(COLUMNS, rows(("a", "x"), ("longer", "y")), None)) == [
        "ID  NAME    WORDS",
        " 9  a       x",
        "10  longer  y",
    ]


def test_wide_characters_take_two_columns_and_marks_none():
    found = list(lines(COLUMNS, rows(("洞窟", "x"), ("Höhle", "y"), ("Ho\u0308hle", "z")), None))
    assert found[1:] == [" 9  洞窟   x", "10  Höhle  y", "11  Ho\u0308hle  z"]


def test_table_is_cut_to_its_width_at_the_widest_columns():
    found = list(lines(COLUMNS, rows(("n" * 60, "w" * 20), ("short", "w" * 40)), 60))
    assert [len(line) for line in found[1:]] == [53, 60]
    assert found[1] == " 9  " + "n" * 26 + "…  " + "w" * 20
    assert found[2].startswith("10  short ") and found[2].endswith("w…")


def test_wide_characters_are_cut_to_the_width_too():
    found = list(lines(COLUMNS, rows(("洞" * 40, "x")), 40))
    assert found[1] == " 9  " + "洞" * 14 + "…  x"


def test_table_stays_whole_where_there_is_no_terminal():
    assert list(lines(COLUMNS, rows(("n" * 200, "w")), None))[1] == " 9  " + "n" * 200 + "  w"


def test_columns_keep_a_few_characters_on_a_terminal_of_no_width():
    found = list(lines(COLUMNS, rows(("n" * 60, "w" * 60)), 1))
    assert found[1] == " 9  nnnnnnn…  wwwwwww…"


def test_control_characters_are_written_as_escapes():
    assert list(lines(COLUMNS, rows(("a\x1b[2Jb\n", "\u202ex")), None))[1] == (
        " 9  a\\x1b[2Jb\\n  \\u202ex"
    )


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
