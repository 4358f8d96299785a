"""One question for any token: the kinds are told apart, and nothing but a site makes members."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.access.tokens import (
    GOOD,
    KEY,
    NOW,
    SECRET,
    credentials,
    forged,
    guests,
    part,
    raw,
    signed,
)
from tests.properties import thorough
from tornchat.access import names
from tornchat.access.errors import InvalidSiteToken, TokenExpired
from tornchat.access.identity import Identity
from tornchat.errors import BadRequest

ANY_TEXT = st.text(st.characters())
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
REAL = [
    signed(),
    signed({"sub": "user 8", "rooms": {"den": ["admin"]}}),
    signed({"iss": "shop"}, key=b"s" * 32),
    guests().issue("g_1"),
]
KNOWN_PEOPLE = {credentials().read(token).person_id for token in REAL}


def read(token: str) -> Identity | None:
    """Return the identity; None where the token is refused in one of the documented ways."""
    try:
        return credentials().read(token)
    except (InvalidSiteToken, TokenExpired):
        return None


def test_guest_token_makes_the_same_guest() -> None:
    assert credentials().read(guests().issue("g_1")) == Identity("g_1")


def test_site_token_makes_a_member() -> None:
    assert credentials().read(signed()).kind == "member"


@pytest.mark.parametrize("text", ["", "hello", "a.b.c", "a..", "é.é.é", "tc_" + "x" * 43, "\ud800"])
def test_text_that_is_no_jwt_makes_a_new_guest(text: str) -> None:
    assert credentials().read(text) == Identity(None)


def test_guest_token_that_is_forged_makes_a_new_guest() -> None:
    header = {"alg": "HS256", "kid": "guest", "typ": "JWT"}
    assert credentials().read(forged(header, {"sub": "g_1"})) == Identity(None)


def test_key_of_a_site_may_be_called_guest() -> None:
    token = signed(kid="guest")
    with pytest.raises(InvalidSiteToken, match="one of the keys of site 'blog'"):
        credentials().read(token)


def test_site_cannot_make_guests_and_the_server_key_no_members() -> None:
    guest = raw(json.dumps({"sub": "g_1", "aud": "tornchat-guest", "exp": NOW + 60}).encode(), KEY)
    with pytest.raises(InvalidSiteToken):
        credentials().read(guest)
    with pytest.raises(InvalidSiteToken):
        credentials().read(signed(key=SECRET, kid="guest"))


def test_large_token_is_refused_whatever_it_is() -> None:
    with pytest.raises(InvalidSiteToken):
        credentials().read("x" * 2**20)


# ── properties ──────────────────────────────────────────────────────────────────────────────────


@thorough
@given(
    st.one_of(
        ANY_TEXT,
        st.lists(st.one_of(ANY_TEXT, st.text(BASE64)), min_size=3, max_size=3).map(".".join),
        st.tuples(st.binary(max_size=60), st.binary(max_size=60)).map(
            lambda parts: f"{part(parts[0].hex())}.{part(parts[1].hex())}."
        ),
    )
)
@example("." * 4000)
@example("eyJhbGciOiJIUzI1NiJ9..")
def test_no_text_makes_a_member(text: str) -> None:
    found = read(text)
    assert found is None or found == Identity(None)


@thorough
@given(st.data())
def test_no_mutated_token_makes_a_member(data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(REAL))
    mutated = data.draw(st.sampled_from([_replaced, _inserted, _cut, _spliced]))(data, token)
    assume(mutated not in REAL)
    found = read(mutated)
    assert found is None or not found.verified


def _replaced(data: st.DataObject, token: str) -> str:
    characters = list(token)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(token) - 1))
        characters[index] = data.draw(st.sampled_from(BASE64) | st.characters())
    return "".join(characters)


def _inserted(data: st.DataObject, token: str) -> str:
    index = data.draw(st.integers(0, len(token)))
    return token[:index] + data.draw(st.text(BASE64 + ".= \n", min_size=1)) + token[index:]


def _cut(data: st.DataObject, token: str) -> str:
    start, end = sorted(data.draw(st.integers(0, len(token))) for _ in "ab")
    return token[:start] + token[end:]


def _spliced(data: st.DataObject, token: str) -> str:
    """Take each part from some real token."""
    return ".".join(data.draw(st.sampled_from(REAL)).split(".")[n] for n in range(3))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
TIMES = st.sampled_from([NOW - 90000, NOW - 31, NOW - 30, NOW - 29, NOW, NOW + 30, NOW + 31])
CLAIMS = st.fixed_dictionaries(
    {
        "iss": st.just("blog"),
        "aud": st.sampled_from(["tornchat", ["tornchat"], ["x", "tornchat"]]) | JSON,
        "sub": st.just("u") | st.text(max_size=3) | JSON,
        "name": st.just("Ann") | JSON,
        "iat": TIMES | st.integers(NOW - 90000, NOW + 60) | JSON,
        "exp": TIMES | st.integers(NOW - 90000, NOW + 90000) | JSON,
    },
    optional={"nbf": TIMES | JSON, "rooms": JSON, "info": JSON},
)


@thorough
@given(CLAIMS)
@example(GOOD)
@example({**GOOD, "exp": NOW - 30})
def test_signed_claims_are_believed_only_where_each_is_right(claims: dict[str, Any]) -> None:
    found = read(raw(json.dumps(claims).encode()))
    if found is None:
        assert not _right(claims) or claims["exp"] + 30 <= NOW
    else:
        assert _right(claims)
        assert claims["exp"] + 30 > NOW
        assert (found.kind, found.site, found.expires) == ("member", "blog", claims["exp"])


def _right(claims: dict[str, Any]) -> bool:
    """The rules of THREATS 75 to 78 once more; what needs a judgement is drawn as junk or good."""
    aud, iat, exp, nbf = claims["aud"], claims["iat"], claims["exp"], claims.get("nbf", NOW)
    if any(type(time) is not int for time in (iat, exp, nbf)):
        return False
    return (
        (aud == "tornchat" or (isinstance(aud, list) and "tornchat" in aud))
        and isinstance(claims["sub"], str)
        and 1 <= len(claims["sub"]) <= 256
        and _good_name(claims["name"])
        and max(iat, nbf) <= NOW + 30
        and exp - iat <= 86400
        and claims.get("rooms", {}) == {}
        and (claims.get("info") is None or isinstance(claims["info"], dict))
    )


def _good_name(name: object) -> bool:
    """What a name may be is tried in test_names_any."""
    try:
        return isinstance(name, str) and bool(names.clean(name))
    except BadRequest:
        return False
