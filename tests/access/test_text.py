"""Texts of messages: what is stored as it came, what is refused, and with which code."""

import pytest

from tornchat.access import text
from tornchat.errors import BadRequest, TooLarge


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("hello", "hello"),
        (" a\n\tb ", " a\n\tb "),
        ("a\r\nb", "a\nb"),
        ("e\u0301", "é"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\u202eright to left", "\u202eright to left"),
        ("\U0001fae8", "\U0001fae8"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_text_is_stored(raw: str, stored: str) -> None:
    assert text.clean(raw, 4000) == stored


@pytest.mark.parametrize(
    "raw",
    [
        "", " ", "\n\t", "\u200b", "\u200b\u200d\ufeff", "\u00ad", "\u3164", "\u2800", "\u0301",
        "a\x00b", "\x1b[31m", "a\x7f", "a\x85b", "a\rb", "\x0b", "\ud800", "a\udfffb",
    ],
)  # fmt: skip
def test_text_that_shows_nothing_or_controls_is_refused(raw: str) -> None:
    with pytest.raises(BadRequest, match=r"\Atext: "):
        text.clean(raw, 4000)


@pytest.mark.parametrize(
    "raw",
    ["a" * 4001, "a" + "\u0301" * 16_000, "👨\u200d👩\u200d👧\u200d👦" * 4000, "a" * 10_000_000],
    ids=["4,001 characters", "16 KB of marks", "4,000 families", "10 MB"],
)
def test_text_that_is_too_long_is_too_large(raw: str) -> None:
    with pytest.raises(TooLarge):
        text.clean(raw, 4000)


def test_text_of_the_largest_length_passes() -> None:
    assert len(text.clean("é" * 4000, 4000)) == 4000


def test_text_over_16_kib_is_too_large_whatever_its_length() -> None:
    with pytest.raises(TooLarge, match="16384 bytes"):
        text.clean("😀" * 4097, 8000)
