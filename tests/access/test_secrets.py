"""Opaque tokens: their shape, and what is kept of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import thorough
from tornchat.access import secrets

BODY = "AZaz09_-" * 5 + "xyz"


def test_tokens_are_of_their_kind_and_never_the_same() -> None:
    invites = {secrets.new_token("invite") for _ in range(100)}
    assert len(invites) == 100
    assert {secrets.kind_of(token) for token in invites} == {"invite"}
    assert secrets.kind_of(secrets.new_token("key")) == "key"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("tc_" + BODY, "invite"),
        ("tk_" + BODY, "key"),
        ("tc_" + BODY[1:], None),
        ("tc_" + BODY + "x", None),
        ("tc_" + BODY + "\n", None),
        ("tc-" + BODY, None),
        ("TC_" + BODY, None),
        (" tc_" + BODY, None),
        ("tc_" + BODY[1:] + "é", None),
        ("tx_" + BODY, None),
        (BODY, None),
        ("", None),
    ],
)
def test_kind_is_told_by_prefix_and_shape(text: str, kind: str | None) -> None:
    assert secrets.kind_of(text) == kind


def test_digest_is_sha_256() -> None:
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert secrets.digest("abc").hex() == expected


@thorough
@given(st.text(st.characters()))
def test_no_text_is_too_odd_to_be_looked_up(text: str) -> None:
    assert secrets.kind_of(text) is None
    assert len(secrets.digest(text)) == 32
