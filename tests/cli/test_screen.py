"""Tables that fit and line up, and bars that move."""

import re

import pytest
from rich.cells import cell_len

from tornchat.cli import screen
from tornchat.cli.output import Column
from tornchat.cli.screen import lines

COLUMNS = [
    Column("ID", lambda row: str(row["id"]), right=True),
    Column("NAME", lambda row: row["name"], elastic=True),
    Column("WORDS", lambda row: row["words"], elastic=True),
]


def plain(found):
    """Return the lines without styles."""
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in found]


def rows(*names):
    return [{"id": number, "name": n, "words": w} for number, (n, w) in enumerate(names, 9)]


def test_columns_line_up():
    assert plain(lines(COLUMNS, rows(("a", "x"), ("longer", "y")), None)) == [
        "ID  NAME    WORDS",
        " 9  a       x",
        "10  longer  y",
    ]


def test_wide_characters_take_two_columns_and_marks_none():
    found = plain(lines(COLUMNS, rows(("洞窟", "x"), ("Höhle", "y"), ("Ho\u0308hle", "z")), None))
    assert found[1:] == [" 9  洞窟   x", "10  Höhle  y", "11  Ho\u0308hle  z"]


def test_table_is_cut_to_its_width_at_the_widest_columns():
    found = plain(lines(COLUMNS, rows(("n" * 60, "w" * 20), ("short", "w" * 40)), 60))
    assert max(map(cell_len, found)) == 60
    assert found[1].startswith(" 9  nnnnn") and found[1].endswith("n…  " + "w" * 20)
    assert found[2].startswith("10  short ") and found[2].endswith("w…")


def test_wide_characters_are_cut_to_the_width_too():
    found = plain(lines(COLUMNS, rows(("洞" * 40, "x")), 40))
    assert found[1] == " 9  " + "洞" * 14 + "…  x"


def test_table_stays_whole_where_there_is_no_terminal():
    assert plain(lines(COLUMNS, rows(("n" * 200, "w")), None))[1] == " 9  " + "n" * 200 + "  w"


def test_control_characters_are_written_as_escapes():
    assert plain(lines(COLUMNS, rows(("a\x1b[2Jb\n", "\u202ex")), None))[1] == (
        " 9  a\\x1b[2Jb\\n  \\u202ex"
    )


@pytest.mark.parametrize("width", [None, 60])
def test_only_a_terminal_gets_styles(width):
    assert ("\x1b[" in lines(COLUMNS, rows(("a", "b")), width)[0]) is (width is not None)


def test_bars_name_what_is_done_and_move(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    with screen.bars() as tell:
        tell("copying", 0.5)
        tell("copying", 1.0)
        tell("checking", 0.25)
    shown = capsys.readouterr().err
    assert re.search(r"copying.*100%", shown) and re.search(r"checking.*25%", shown)
