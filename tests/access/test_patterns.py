"""Patterns of room names, against the shell's rules and against brute force."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import thorough
from tornchat.access.patterns import covers, is_pattern, matches, valid

PATTERNS = st.text("ab-*", min_size=1, max_size=9)
NAMES = st.text("ab-", max_size=12)


@pytest.mark.parametrize(
    ("text", "name", "pattern"),
    [
        ("den", True, False),
        ("support-*", True, True),
        ("*", True, True),
        ("**", True, True),
        ("*-x.y_z", True, True),
        ("x" * 63 + "*", True, True),
        ("x" * 64 + "*", False, False),
        ("", False, False),
        ("Den*", False, False),
        ("a/*", False, False),
        ("a*\n", False, False),
        ("a?", False, False),
        ("[ab]*", False, False),
        ("é*", False, False),
        ("-x", False, False),
    ],
)
def test_pattern_is_a_name_with_asterisks(text: str, name: bool, pattern: bool) -> None:
    assert valid(text) is name
    assert is_pattern(text) is pattern


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("support-*", "support-7", True),
        ("support-*", "support-", True),
        ("support-*", "support", False),
        ("support-*", "my-support-7", False),
        ("*", "anything", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("*a*a*", "a", False),
        ("*ab*ba*", "aba", False),
        ("den", "den", True),
        ("den", "den2", False),
        ("d.n", "den", False),
    ],
)
def test_pattern_matches(pattern: str, name: str, found: bool) -> None:
    assert matches(pattern, name) is found


def test_matching_never_goes_back() -> None:
    """A matcher that tries every way to share out the text would be at it for ever."""
    assert not matches("*" + "a*" * 50_000 + "b", "a" * 100_000)


@thorough
@given(PATTERNS, NAMES)
def test_pattern_matches_what_the_shell_would(pattern: str, name: str) -> None:
    assert matches(pattern, name) == fnmatchcase(name, pattern)


@thorough
@given(st.text(st.characters()), st.text(st.characters()))
def test_pattern_is_never_more_than_literal_text_and_asterisks(pattern: str, name: str) -> None:
    regex = ".*".join(map(re.escape, pattern.split("*")))
    assert matches(pattern, name) == bool(re.fullmatch(regex, name, re.DOTALL))
    assert is_pattern(pattern) == bool(re.fullmatch(r"[a-z0-9._*-]{1,64}", pattern)) & (
        "*" in pattern
    )


@pytest.mark.parametrize(
    ("wide", "narrow", "found"),
    [
        ("*", "a*b", True),
        ("a-*", "a-b*", True),
        ("a-*", "a-*", True),
        ("a-*", "a-b", True),
        ("a-*", "a*", False),
        ("a-*", "*", False),
        ("den", "den", True),
        ("den", "den*", False),
        ("a*b", "aab*", False),
    ],
)
def test_pattern_covers(wide: str, narrow: str, found: bool) -> None:
    assert covers(wide, narrow) is found


@thorough
@given(
    st.text("ab*", min_size=1, max_size=4),
    st.lists(st.text("ab*", max_size=3), min_size=4, max_size=4),
    st.text("ab", max_size=24),
)
def test_pattern_covers_nothing_that_it_does_not_match(
    wide: str, fillings: list[str], letters: str
) -> None:
    narrow = _filled(wide, fillings)
    if covers(wide, narrow):
        assert matches(wide, _filled(narrow, [letters[n : n + 2] for n in range(0, 24, 2)]))


def _filled(pattern: str, fillings: list[str]) -> str:
    """Put a text in the place of each asterisk."""
    first, *rest = pattern.split("*")
    return first + "".join(f + part for f, part in zip(fillings, rest, strict=False))
