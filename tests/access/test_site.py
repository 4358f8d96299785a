"""Tokens of sites: what they prove, and every way in which one is refused."""

import hmac
import json
from typing import Any

import jwt
import pytest

from tests.access.tokens import GOOD, KEY, NEXT_KEY, NOW, SECRET, Clock, forged, part, signed, sites
from tornchat.access.errors import InvalidSiteToken, TokenExpired
from tornchat.access.identity import Permit
from tornchat.access.site import Site, SiteTokens, person_id
from tornchat.errors import TornchatError

DAY = 86400


def refusal(token: str) -> InvalidSiteToken:
    with pytest.raises(InvalidSiteToken) as caught:
        sites().read(token)
    assert token not in caught.value.message
    assert caught.value.close_code == 4501
    return caught.value


def test_site_token_says_who_somebody_is() -> None:
    found = sites().read(signed({"info": {"badge": "Editor", "more": 7}}))
    assert found.person_id == person_id(SECRET, "blog", "user 7")
    assert (found.kind, found.verified, found.name, found.site) == ("member", True, "Ann", "blog")
    assert (found.badge, found.issued, found.expires) == ("Editor", NOW, NOW + 3600)
    assert (found.permits, found.key_id) == (None, None)


def test_site_token_of_either_key_is_read() -> None:
    other = signed(key=NEXT_KEY, kid="k2")
    assert sites().read(other).person_id == sites().read(signed()).person_id


def test_site_token_is_signed_as_any_back_end_would_sign_it() -> None:
    """RFC 7515 by hand: what the recipes of other languages come down to."""
    text = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(GOOD)}"
    digest = hmac.digest(KEY, text.encode(), "sha256")
    assert sites().read(f"{text}.{jwt.utils.base64url_encode(digest).decode()}").name == "Ann"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "k1"},
        {"alg": "None", "kid": "k1"},
        {"alg": "RS256", "kid": "k1"},
        {"alg": "HS512", "kid": "k1"},
        {"alg": ["HS256"], "kid": "k1"},
        {"kid": "k1"},
        {"alg": "HS256"},
        {"alg": "HS256", "kid": ["k1"]},
    ],
)
def test_site_token_with_a_wrong_header_is_refused(header: dict[str, Any]) -> None:
    assert refusal(forged(header)).message.startswith(("alg:", "kid:"))


def test_site_token_with_a_key_taken_for_an_rsa_key_is_refused() -> None:
    text = f"{part({'alg': 'RS256', 'kid': 'k1'})}.{part(GOOD)}"
    digest = hmac.digest(KEY, text.encode(), "sha256")
    refusal(f"{text}.{jwt.utils.base64url_encode(digest).decode()}")


@pytest.mark.parametrize(
    "field",
    [
        {"crit": ["exp"]},
        {"jku": "https://evil.test/keys"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5u": "https://evil.test/cert"},
        {"x5c": ["AAAA"]},
        {"zip": "DEF"},
    ],
    ids=lambda field: next(iter(field)),
)
def test_site_token_with_a_header_that_wants_more_is_refused(field: dict[str, Any]) -> None:
    header = {"alg": "HS256", "typ": "JWT", "kid": "k1", **field}
    text = f"{part(header)}.{part(GOOD)}"
    digest = hmac.digest(KEY, text.encode(), "sha256")
    assert refusal(f"{text}.{jwt.utils.base64url_encode(digest).decode()}").message.startswith(
        "header:"
    )


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "name", "iat", "exp"])
def test_site_token_without_a_claim_is_refused(claim: str) -> None:
    assert refusal(signed({claim: ...})).message.startswith(f"{claim}: expected")


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("aud", "tornchat-guest"),
        ("aud", ["other"]),
        ("aud", {"tornchat": 1}),
        ("aud", None),
        ("iss", "blog2"),
        ("iss", "shop"),
        ("iss", ["blog"]),
        ("sub", ""),
        ("sub", "x" * 257),
        ("sub", 7),
        ("sub", "\ud800"),
        ("name", ""),
        ("name", "\u200b"),
        ("name", "x" * 33),
        ("name", "An\nn"),
        ("name", 7),
        ("iat", NOW + 31),
        ("iat", str(NOW)),
        ("iat", float(NOW)),
        ("iat", True),
        ("iat", -(10**400)),
        ("nbf", NOW + 31),
        ("nbf", str(NOW)),
        ("nbf", None),
        ("exp", str(NOW + 60)),
        ("exp", NOW + 60.5),
        ("exp", True),
        ("exp", None),
        ("exp", 3_976_300_800),
        ("exp", NOW + DAY + 1),
        ("exp", 10**400),
        ("info", "Editor"),
        ("info", {"badge": 7}),
        ("info", {"badge": "x" * 33}),
        ("info", {"badge": "\u202e"}),
        ("rooms", ["den"]),
        ("rooms", None),
        ("rooms", {"Den": ["read"]}),
        ("rooms", {"den/x": ["read"]}),
        ("rooms", {"den": "read"}),
        ("rooms", {"den": ["own"]}),
        ("rooms", {"den": [["read"]]}),
        ("rooms", {f"r{n}": [] for n in range(101)}),
    ],
)
def test_site_token_with_a_wrong_claim_is_refused(claim: str, value: object) -> None:
    message = refusal(signed({claim: value})).message
    named = {"iss": ("iss:", "token:"), "info": ("info:", "badge:"), "iat": ("iat:", "exp:")}
    assert message.startswith(named.get(claim, (f"{claim}:",)))


def test_site_token_is_refused_by_length_before_it_is_decoded() -> None:
    assert "4096" in refusal("x" * 2**20).message
    assert "4096" in refusal(signed({"pad": "x" * 2**20})).message


@pytest.mark.parametrize("payload", [b"", b"7", b"[]", b"{", b"\xff", b"[" * 2900])
def test_site_token_whose_claims_are_no_object_is_refused(payload: bytes) -> None:
    token = jwt.PyJWS().encode(payload, KEY, "HS256", {"kid": "k1"})
    assert "claims" in refusal(token).message


@pytest.mark.parametrize(
    ("key", "kid"), [(b"z" * 32, "k1"), (NEXT_KEY, "k1"), (KEY, "k2"), (KEY, "k3"), (SECRET, "k1")]
)
def test_site_token_of_another_key_is_refused(key: bytes, kid: str) -> None:
    assert "key" in refusal(signed(key=key, kid=kid)).message


def test_site_token_is_one_text_and_no_other() -> None:
    """The last character of a signature has two bits that base64 does not need."""
    token = signed()
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for bits in (1, 2, 3):
        refusal(token[:-1] + spare[spare.index(token[-1]) ^ bits])


@pytest.mark.parametrize("claims", [{"nbf": NOW + 30}, {"iat": NOW + 30}, {"exp": NOW - 29}])
def test_site_token_may_be_half_a_minute_off(claims: dict[str, Any]) -> None:
    assert sites().read(signed(claims)).name == "Ann"


def test_site_token_may_live_for_a_day() -> None:
    assert sites().read(signed({"exp": NOW + DAY})).expires == NOW + DAY


def test_site_token_that_is_over_asks_for_a_new_one() -> None:
    clock = Clock()
    tokens = sites(clock)
    clock.now = NOW + 3600 + 30
    with pytest.raises(TokenExpired) as caught:
        tokens.read(signed())
    assert (caught.value.code, caught.value.close_code) == ("unauthorized", 4002)


def test_site_token_that_is_over_and_wrong_is_refused_for_good() -> None:
    refusal(signed({"exp": NOW - 60, "name": ""}))
    refusal(signed({"exp": NOW - 60}, key=b"z" * 32))


def test_site_token_may_be_meant_for_others_too() -> None:
    assert sites().read(signed({"aud": ["other", "tornchat"]})).name == "Ann"


def test_site_token_may_bear_a_name_that_guests_may_not() -> None:
    assert sites().read(signed({"name": "Admin", "info": {"badge": "Staff"}})).badge == "Staff"


def test_permits_hold_the_roles_below_theirs() -> None:
    rooms = {"den": ["write"], "support-*": ["moderate", "read"], "hall": []}
    assert sites().read(signed({"rooms": rooms})).permits == (
        Permit("den", frozenset({"read", "write"})),
        Permit("support-*", frozenset({"read", "write", "moderate"})),
        Permit("hall", frozenset()),
    )


def test_permits_for_rooms_of_others_are_dropped() -> None:
    rooms = {
        name: ["admin"]
        for name in ("*", "den", "support-*", "support-7", "support-a*", "sup*", "shop", "shop-*")
    }
    found = sites().read(signed({"iss": "shop", "rooms": rooms}, key=b"s" * 32)).permits
    assert found is not None
    assert [p.pattern for p in found] == ["support-*", "support-7", "support-a*", "shop"]


def test_site_with_rooms_of_its_own_permits_these_by_itself() -> None:
    write = frozenset({"read", "write"})
    found = sites().read(signed({"iss": "shop"}, key=b"s" * 32))
    assert found.permits == (Permit("support-*", write), Permit("shop", write))


@pytest.mark.parametrize("key", [b"short", b"x" * 31])
def test_site_wants_a_long_key(key: bytes) -> None:
    with pytest.raises(ValueError, match=r"site blog.*k1.*32 bytes"):
        SiteTokens([Site("blog", {"k1": key})], Clock(), lambda site, sub: sub)


def test_person_id_is_stable_and_tells_people_sites_and_servers_apart() -> None:
    ids = [
        person_id(SECRET, "blog", "7"),
        person_id(SECRET, "blog", "8"),
        person_id(SECRET, "shop", "7"),
        person_id(b"x" * 32, "blog", "7"),
    ]
    assert len(set(ids)) == 4
    assert ids[0] == person_id(SECRET, "blog", "7")
    assert all(len(i) == 18 and i.startswith("m_") and int(i[2:], 16) >= 0 for i in ids)


def test_refusal_never_repeats_the_token() -> None:
    canary = "canary-4711"
    for claims in ({"sub": canary, "exp": "x"}, {"name": canary + "\n"}, {"iss": canary}):
        with pytest.raises(TornchatError) as caught:
            sites().read(signed(claims))
        assert canary not in json.dumps(str(caught.value))
