import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornchat.errors import BadRequest
from tornchat.store.matching import MAX_LENGTH, MAX_TERMS, expression


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("tea", 'text : ("tea"*)'),
        ("  green   tea ", 'text : ("green" "tea"*)'),
        ('"green tea" x', 'text : ("green tea" "x")'),
        ('say "green tea"', 'text : ("say" "green tea")'),
        ('say "green te', 'text : ("say" "green te")'),
        ("don't", 'text : ("don\'t"*)'),
        ("100% _ * ( \u2014 tea", 'text : ("100%" "tea"*)'),
        ("a OR b NEAR(c) ^d -e f:g", 'text : ("a" "OR" "b" "NEAR(c)" "^d" "-e" "f:g"*)'),
    ],
)
def test_words_become_an_expression(words: str, wanted: str) -> None:
    assert expression(words, None, None) == wanted


def test_rooms_and_person_are_marks() -> None:
    found = expression("tea", [3, 12], "g_1")
    assert found == 'text : ("tea"*) AND marks : (r3 OR r12) AND marks : (p675f31)'
    assert expression("", None, "g_1") == "marks : (p675f31)"


@pytest.mark.parametrize("words", ["", "  ", '"', '""', "% _ *", "…", "x\n", "x\0", "\ud800"])
def test_nothing_to_look_for_is_refused(words: str) -> None:
    with pytest.raises(BadRequest, match="words: expected"):
        expression(words, None, None)


def test_nothing_to_look_for_is_refused_of_a_person_too() -> None:
    with pytest.raises(BadRequest):
        expression("%", None, "g_1")


def test_words_are_bounded() -> None:
    assert expression(" ".join("x" * MAX_TERMS), None, None).count('"x"') == MAX_TERMS
    for words in ("x " * (MAX_TERMS + 1), "x" * (MAX_LENGTH + 1)):
        with pytest.raises(BadRequest, match="at most"):
            expression(words, None, None)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text('a"*(:^-'))
def test_sqlite_takes_every_expression(words: str) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE VIRTUAL TABLE search USING fts5(text, marks)")
        try:
            match = expression(words, [1], "p")
        except BadRequest:
            return
        database.execute("SELECT rowid FROM search WHERE search MATCH ?", (match,)).fetchall()
