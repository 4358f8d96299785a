"""Guest tokens: ours are read, ours that are bad are replaced, foreign ones are refused."""

import json
from base64 import urlsafe_b64encode

import jwt
import pytest

from tornchat.access.credentials import Credentials
from tornchat.access.errors import InvalidSiteToken
from tornchat.access.guest import LIFETIME, GuestTokens
from tornchat.access.site import SiteTokens

SECRET = bytes(range(32))
NOW = 1_800_000_000.0
GOOD = {"sub": "g_1", "aud": "tornchat-guest", "iat": int(NOW), "exp": int(NOW) + 60}
HEADER = {"alg": "HS256", "typ": "JWT", "kid": "guest"}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def tokens(clock: Clock | None = None) -> GuestTokens:
    return GuestTokens(SECRET, clock or Clock())


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def signed(claims: dict[str, object], secret: bytes = SECRET, **header: object) -> str:
    return jwt.encode(claims, secret, "HS256", {**HEADER, **header})


def unsigned(**header: object) -> str:
    return f"{part({**HEADER, **header})}.{part(GOOD)}."


def test_guest_token_is_read_back() -> None:
    found = tokens()
    assert found.read(found.issue("g_0123456789abcdef")) == "g_0123456789abcdef"


def test_guest_token_outlives_a_restart() -> None:
    assert tokens().read(tokens().issue("g_1")) == "g_1"


def test_guest_token_is_replaced_once_it_has_expired() -> None:
    clock = Clock()
    found = tokens(clock)
    token = found.issue("g_1")
    clock.now += LIFETIME + 1
    assert found.read(token) is None


def test_guest_token_survives_a_clock_that_is_set_back() -> None:
    clock = Clock()
    found = tokens(clock)
    token = found.issue("g_1")
    clock.now -= 86400
    assert found.read(token) == "g_1"


def test_guest_token_of_another_server_is_replaced() -> None:
    assert tokens().read(signed(GOOD, b"x" * 32)) is None


@pytest.mark.parametrize(
    "claims",
    [
        {**GOOD, "aud": "tornchat"},
        {**GOOD, "exp": int(NOW) - 1},
        {**GOOD, "exp": str(int(NOW) + 60)},
        {key: GOOD[key] for key in ("sub", "aud", "iat")},
        {key: GOOD[key] for key in ("aud", "iat", "exp")},
        {key: GOOD[key] for key in ("sub", "iat", "exp")},
        {**GOOD, "sub": 7},
    ],
    ids=["aud", "expired", "exp as text", "no exp", "no sub", "no aud", "sub a number"],
)
def test_guest_token_with_wrong_claims_is_replaced(claims: dict[str, object]) -> None:
    assert tokens().read(signed(claims)) is None


@pytest.mark.parametrize("text", ["", "hello", "a.b.c", "a..", "....", "é.é.é", "tc_" + "x" * 43])
def test_guest_token_that_is_no_jwt_is_replaced(text: str) -> None:
    assert tokens().read(text) is None


@pytest.mark.parametrize(
    "token",
    [
        unsigned(alg="none"),
        unsigned(alg="None"),
        unsigned(alg="RS256"),
        signed(GOOD, crit=["exp"]),
        signed(GOOD, jku="https://evil.test/keys"),
        signed(GOOD, jwk={"kty": "oct", "k": "AAAA"}),
        signed(GOOD, kid="site-1"),
        jwt.encode(GOOD, SECRET * 2, "HS512", {"kid": "guest"}),
        jwt.encode(GOOD, SECRET, "HS256"),
        "x" * 4097,
        signed({**GOOD, "pad": "x" * 4096}),
    ],
    ids=["none", "None", "RS256", "crit", "jku", "jwk", "kid", "HS512", "no kid", "long", "large"],
)
def test_guest_token_of_another_kind_is_refused_for_good(token: str) -> None:
    with pytest.raises(InvalidSiteToken) as caught:
        Credentials(tokens(), SiteTokens([], Clock(), lambda site, sub: sub)).read(token)
    assert caught.value.code == "unauthorized"
    assert caught.value.close_code == 4501


def test_guest_token_with_a_nested_payload_is_replaced() -> None:
    nested = urlsafe_b64encode(b"[" * 3000).decode().rstrip("=")[:3900]
    assert tokens().read(f"{part(HEADER)}.{nested}.AAAA") is None


def test_guest_tokens_want_a_long_secret() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        GuestTokens(b"short", Clock())
