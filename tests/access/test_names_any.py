"""Names made of anything: nothing but BadRequest comes of it, and what passes is a fixed point."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from tests.properties import thorough
from tornchat.access import names
from tornchat.errors import BadRequest

AWKWARD = st.sampled_from(
    "\u200c\u200d\ufe0f\u0301\u20e3\u034f\u115f\u202e\u2066\u200f\ufdfa\ufb03\ud800\U0001f1e9"
    "\U0001f3fb\U0001f468ıßŉİаꜱ𝟏rnvvIl10 \u00a0\u3000\u2028\x00\n"
)
CHARACTERS = st.characters() | AWKWARD | st.sampled_from("aA1é中ん")
RAW = st.text(CHARACTERS, max_size=40)


def cleaned(raw: str) -> str | None:
    try:
        return names.clean(raw)
    except BadRequest:
        return None


@thorough
@given(RAW)
@example("\u200d" * 2000)
@example("ﷺ")
def test_name_that_passes_is_a_fixed_point(raw: str) -> None:
    name = cleaned(raw)
    if name is not None:
        assert names.clean(name) == name
        assert 1 <= len(names.graphemes(name)) <= 32
        assert name == name.strip()
        assert not {unicodedata.category(c) for c in name} & {"Cc", "Cs", "Zl", "Zp"}


@thorough
@given(RAW)
@example("ῂ")
def test_fold_of_a_fold_is_itself(raw: str) -> None:
    folded = names.fold(raw)
    assert names.fold(folded) == folded


@thorough
@given(RAW, st.sets(st.integers(2, 40)))
def test_number_makes_a_free_and_valid_name(raw: str, held: set[int]) -> None:
    name = cleaned(raw)
    if name is not None:
        taken = {f"{name} {number}" for number in held}
        numbered = names.numbered(name, taken.__contains__)
        assert numbered not in taken
        assert cleaned(numbered) == numbered


@thorough
@given(RAW)
def test_anything_may_be_asked_for_whether_it_is_reserved(raw: str) -> None:
    assert names.reserved(raw) in (True, False)
    assert names.reserved(f"\u200b{raw} ") == names.reserved(raw)
