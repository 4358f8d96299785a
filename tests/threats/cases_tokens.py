"""THREATS 5 F 75 to 79: tokens that a site is said to have signed.

They are made when they are played, since they say what time it is. Each comes from an address of
its own, or the guard against guessing would answer in place of what is tried here.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.kit.chat import Refused
from tests.kit.http import HttpConnection
from tests.kit.transport import Transport
from tests.kit.transports import ALL, EventSource, RawWebSocket, XhrPolling, XhrStreaming
from tests.kit.wire import Closed
from tests.threats.scene import LOBBY, OTHER, VAULT, Case, Scene
from tests.threats.tokens import (
    AUDIENCE,
    HOUR,
    KEY,
    OTHER_KEY,
    OTHER_KID,
    encoded,
    good,
    header,
    now,
    part,
    sealed,
)
from tests.threats.tokens import signed as with_claims

INVALID = 4501
EXPIRED = 4002
DAY = 24 * HOUR
MAX_TOKEN = 4096
MEGABYTE = 2**20
JWK = {"kty": "oct", "k": encoded(b"k" * 32)}
HEADERS: dict[str, dict[str, Any]] = {
    "75-alg-None": {"alg": "None"},
    "75-alg-empty": {"alg": ""},
    "75-alg-missing": {"alg": ...},
    "75-alg-list": {"alg": ["HS256"]},
    "75-alg-lower-case": {"alg": "hs256"},
    "75-RS256-with-the-HMAC-key": {"alg": "RS256"},
    "75-ES256-with-the-HMAC-key": {"alg": "ES256"},
    "75-crit": {"crit": ["exp"]},
    "75-crit-unknown": {"crit": ["x"], "x": 1},
    "75-jku": {"jku": "https://evil.test/keys"},
    "75-x5u": {"x5u": "https://evil.test/cert"},
    "75-b64-false": {"b64": False},
    "75-kid-missing": {"kid": ...},
    "75-kid-unknown": {"kid": "shop-2"},
    "75-kid-path": {"kid": "../../../dev/null"},
    "75-kid-number": {"kid": 1},
    "75-kid-of-guests": {"kid": "guest"},
}
"""Headers of tokens that are good and rightly signed but for them."""
CLAIMS: dict[str, dict[str, Any]] = {
    "76-no-exp": {"exp": ...},
    "76-no-aud": {"aud": ...},
    "76-no-iat": {"iat": ...},
    "76-no-sub": {"sub": ...},
    "76-no-name": {"name": ...},
    "76-no-iss": {"iss": ...},
    "77-other-aud": {"aud": "elsewhere"},
    "77-aud-of-guests": {"aud": "tornchat-guest"},
    "77-aud-among-others": {"aud": ["elsewhere", "tornchat-guest"]},
    "77-aud-longer": {"aud": AUDIENCE + "s"},
    "77-aud-null": {"aud": None},
    "77-aud-object": {"aud": {AUDIENCE: True}},
    "77-other-iss": {"iss": "nobody"},
    "77-iss-list": {"iss": ["shop"]},
    "77-iss-other-case": {"iss": "Shop"},
    "77-exp-2096": {"exp": 3_976_214_400},
    "77-exp-without-end": {"exp": 10**30},
    "77-exp-null": {"exp": None},
    "77-exp-true": {"exp": True},
    "77-sub-number": {"sub": 7},
    "77-sub-empty": {"sub": ""},
    "77-sub-of-257": {"sub": "x" * 257},
    "77-sub-surrogate": {"sub": "\ud800"},
    "77-name-list": {"name": ["Ann"]},
    "77-name-of-33": {"name": "x" * 33},
    "77-name-line-end": {"name": "Ann\r\nBob"},
    "77-name-override": {"name": "\u202eAnn"},
    "77-rooms-list": {"rooms": ["vault"]},
    "77-rooms-text-for-roles": {"rooms": {"vault": "admin"}},
    "77-rooms-unknown-role": {"rooms": {"vault": ["root"]}},
    "77-rooms-101": {"rooms": {f"room-{n}": ["read"] for n in range(101)}},
    "77-rooms-slash": {"rooms": {"../vault": ["read"]}},
    "77-info-list": {"info": ["Staff"]},
    "77-badge-line-end": {"info": {"badge": "Staff\n"}},
}
TIMES: dict[str, Callable[[], dict[str, Any]]] = {
    "77-nbf-future": lambda: {"nbf": now() + 120},
    "77-nbf-text": lambda: {"nbf": str(now())},
    "77-iat-future": lambda: {"iat": now() + 120, "exp": now() + HOUR},
    "77-iat-text": lambda: {"iat": str(now())},
    "77-exp-text": lambda: {"exp": str(now() + HOUR)},
    "77-exp-fraction": lambda: {"exp": now() + 0.5},
    "77-lifetime-over-a-day": lambda: {"iat": now() - 60, "exp": now() + DAY},
}
LAST: dict[str, Callable[[], dict[str, Any]]] = {
    "exp-past": lambda: {"exp": now() - 120, "iat": now() - HOUR},
    "exp-past-by-31-s": lambda: {"exp": now() - 31, "iat": now() - HOUR},
    "exp-0": lambda: {"exp": 0, "iat": 0},
}
"""What was good once."""
JUST_GOOD: dict[str, Callable[[], dict[str, Any]]] = {
    "exp-past-by-15-s": lambda: {"exp": now() - 15, "iat": now() - HOUR},
    "iat-ahead-by-20-s": lambda: {"iat": now() + 20, "exp": now() + HOUR},
    "nbf-ahead-by-20-s": lambda: {"nbf": now() + 20},
    "lifetime-of-a-day": lambda: {"iat": now(), "exp": now() + DAY},
    "aud-among-others": lambda: {"aud": ["elsewhere", AUDIENCE]},
}
"""What two clocks may differ by, and what else is right."""


def of_guests(**claims: Any) -> str:
    """Return what looks like a token that this server gave to a guest, and is not."""
    about = {"sub": "g_0000000000000000", "aud": "tornchat-guest", "exp": now() + DAY, **claims}
    return sealed(header(kid="guest", typ=...), about, b"s" * 32)


ODD: dict[str, Callable[[], str]] = {
    "75-alg-none": lambda: f"{part(header(alg='none'))}.{part(good())}.",
    "75-alg-none-signed": lambda: sealed(header(alg="none"), good()),
    "75-HS384": lambda: sealed(header(alg="HS384"), good(), digest="sha384"),
    "75-HS512": lambda: sealed(header(alg="HS512"), good(), digest="sha512"),
    "75-jwk": lambda: sealed(header(jwk=JWK), good(), b"k" * 32),
    "75-jwk-signed-by-our-key": lambda: sealed(header(jwk=JWK), good()),
    "75-no-signature": lambda: with_claims().rpartition(".")[0] + ".",
    "75-signature-cut": lambda: with_claims()[:-4],
    "75-signed-by-another": lambda: sealed(header(), good(), b"k" * 32),
    "75-signed-by-another-site": lambda: sealed(header(kid=OTHER_KID), good(), OTHER_KEY),
    "75-kid-of-another-site": lambda: sealed(header(kid=OTHER_KID), good()),
    "75-key-of-another-site": lambda: sealed(header(), good(), OTHER_KEY),
    "75-for-another-site": lambda: sealed(header(), good(iss="blog")),
    "75-signed-by-nothing": lambda: sealed(header(), good(), b""),
    "75-signed-by-a-part-of-the-key": lambda: sealed(header(), good(), KEY[:16]),
    "75-claims-changed-after-signing": lambda: changed_claims(name="Bob"),
    "76-claims-are-a-list": lambda: sealed(header(), [good()]),
    "76-claims-nested-1000": lambda: sealed(header(), b"[" * 1000 + b"]" * 1000),
    "76-claims-nested-1000-within": lambda: sealed(header(), nested_sub(1000)),
    "76-claims-are-not-UTF-8": lambda: sealed(header(), b'{"iss":"shop\xff"}'),
    "76-exp-of-2000-digits": lambda: sealed(header(), b'{"exp":' + b"9" * 2000 + b"}"),
    "76-claims-NaN": lambda: sealed(header(), b'{"iss":"shop","exp":NaN}'),
    "77-guest-token-with-iss": lambda: of_guests(iss="shop"),
    "78-token-of-4097": lambda: as_long_as(MAX_TOKEN + 1),
    "78-token-of-60-KB": lambda: as_long_as(60_000),
}
"""Whole tokens."""
BAD_GUESTS: dict[str, Callable[[], str]] = {
    "forged": of_guests,
    "expired": lambda: of_guests(exp=now() - DAY),
    "header-is-a-list": lambda: sealed([header()], good()),
    "not-a-token": lambda: "x" * 200,
    "three-dots": lambda: "a.b.c",
}


def changed_claims(**claims: Any) -> str:
    head, _, seal = with_claims().split(".")
    return f"{head}.{part(good(**claims))}.{seal}"


def nested_sub(depth: int) -> bytes:
    """Return good claims but for a `sub` of so many lists."""
    deep = b"[" * depth + b"]" * depth
    return json.dumps(good(sub="deep")).encode().replace(b'"deep"', deep)


def as_long_as(size: int) -> str:
    """Return a good token of just this size, or larger by as little as base64 allows."""
    padding = 0
    while len(token := with_claims(more="x" * padding)) < size:
        padding += max(1, (size - len(token)) * 3 // 4)
    return token


async def not_believed(make: Callable[[], str], code: int, scene: Scene) -> None:
    """The same answer in `hello` over every transport, to the API, and to who joins by it."""
    token, source = make(), scene.stranger()
    await asyncio.gather(*(_hello(kind(source=source), token, code, scene) for kind in ALL))
    if len(token) <= MAX_TOKEN:
        answer = await scene.api("GET", "rooms", token, source=source)
        assert answer.status == 401
        assert answer.head.get("www-authenticate").startswith("Bearer")
    guest = await scene.connect(RawWebSocket(source=source))
    await guest.hello()
    with pytest.raises(Refused, match="unauthorized"):
        await guest.join(VAULT, token=token)
    assert guest.closed is None


async def _hello(transport: Transport, token: str, code: int, scene: Scene) -> None:
    peer = await scene.connect(transport)
    # The end may overtake the answer to the request that brought it about.
    with pytest.raises((Refused, Closed)):
        await peer.hello(token=token)
    assert (await peer.wait_closed()).code == peer.seen("bye")[0]["code"] == code
    (error,) = peer.seen("error")
    assert error["code"] == "unauthorized"
    assert not peer.seen("welcome")
    said = json.dumps(peer.events)
    assert not [piece for piece in token.split(".") if len(piece) > 10 and piece in said]
    assert len(error["message"]) < 300


async def just_good(claims: Callable[[], dict[str, Any]], scene: Scene) -> None:
    token, source = with_claims(**claims()), scene.stranger()
    peer = await scene.enter(RawWebSocket(source=source), token=token)
    assert peer.person["kind"] == "member"
    assert "guest_token" not in peer.welcome
    assert (await scene.api("GET", "rooms", token, source=source)).status == 200


async def bad_guest(make: Callable[[], str], scene: Scene) -> None:
    """Its bearer becomes a new guest; where a guest makes no sense it is nobody's token."""
    token, source = make(), scene.stranger()
    peer = await scene.enter(RawWebSocket(source=source), token=token)
    assert peer.person["kind"] == "guest"
    assert peer.person["id"] != "g_0000000000000000"
    assert peer.welcome["guest_token"]
    assert (await scene.api("GET", "rooms", token, source=source)).status == 401


async def a_megabyte(kind: type[RawWebSocket], scene: Scene) -> None:
    """No message may be so large, whatever is in it."""
    peer = await scene.connect(kind(source=scene.stranger()))
    with pytest.raises(Closed):
        await peer.hello(token=as_long_as(MEGABYTE))
    assert (await peer.wait_closed()).code in {1006, 1009}
    assert not peer.seen("welcome")


async def a_megabyte_over_http(kind: type[XhrPolling], scene: Scene) -> None:
    transport = kind(source=scene.stranger())
    peer = await scene.connect(transport)
    hello = json.dumps({"type": "hello", "protocol": 1, "token": as_long_as(MEGABYTE)})
    with contextlib.suppress(Closed):
        assert await transport.send_body(json.dumps([hello]).encode()) in {400, 413}
    await scene.company.say()
    assert not peer.seen("welcome")


async def a_megabyte_in_a_header(size: int, scene: Scene) -> None:
    bearer = f"Authorization: Bearer {as_long_as(size)}"
    status, found = await scene.ask("GET", "/api/v1/rooms", bearer)
    assert status in {0, 400, 401, 431}
    assert b"rooms" not in found.partition(b"\r\n\r\n")[2]


async def for_another_room(kind: type[Transport], scene: Scene) -> None:
    """A token of one room opens one room: not another private one, nor a public one."""
    token = with_claims(rooms={OTHER: ["write"]})
    peer = await scene.connect(kind(source=scene.stranger()))
    await peer.hello(token=token)
    assert (await peer.join(OTHER))["can"] == ["read", "write"]
    for room, code in ((VAULT, "not_found"), (LOBBY, "forbidden")):
        with pytest.raises(Refused, match=code):
            await peer.join(room)
        with pytest.raises(Refused, match=code):
            await peer.history(room)
        with pytest.raises(Refused, match="forbidden"):
            await peer.send(room, "from next door")
    await scene.company.say()
    assert not scene.company.from_person(peer.person)


async def for_another_room_over_http(scene: Scene) -> None:
    token, source = with_claims(rooms={OTHER: ["admin"]}), scene.stranger()
    found = await scene.api("GET", "rooms", token, source=source)
    assert [room["name"] for room in json.loads(found.body)["rooms"]] == [OTHER]
    json_body = {"headers": {"Content-Type": "application/json"}, "body": b'{"title": "mine"}'}
    for room, status in ((VAULT, 404), (LOBBY, 403)):
        path = f"rooms/{room}"
        assert (await scene.api("GET", path, token, source=source)).status == status
        assert (await scene.api("DELETE", path, token, source=source)).status == status
        changed = await scene.api("PATCH", path, token, source=source, **json_body)
        assert changed.status == status
        for more in ("tokens", "rotate"):
            answer = await scene.api("POST", f"{path}/{more}", token, source=source, body=b"")
            assert answer.status == status


async def beyond_the_site(rooms: dict[str, list[str]] | None, scene: Scene) -> None:
    """A site gives nothing away that is not its own, whatever its tokens say of rooms."""
    about = {} if rooms is None else {"rooms": rooms}
    token = sealed(header(kid=OTHER_KID), good(iss="blog", **about), OTHER_KEY)
    source = scene.stranger()
    peer = await scene.connect(RawWebSocket(source=source))
    await peer.hello(token=token)
    for room, code in ((VAULT, "not_found"), (LOBBY, "forbidden")):
        with pytest.raises(Refused, match=code):
            await peer.join(room)
    if rooms is None:
        assert (await peer.join(OTHER))["can"] == ["read", "write"]
    assert (await scene.api("DELETE", f"rooms/{VAULT}", token, source=source)).status == 404
    assert (await scene.api("DELETE", f"rooms/{LOBBY}", token, source=source)).status == 403


async def identity_from_the_token_only(kind: type[Transport], scene: Scene) -> None:
    """Whatever else a command says of who speaks is no word for us."""
    peer = await scene.connect(kind(source=scene.stranger()))
    victim = scene.company.sender.person
    claims = {
        "sub": "user 8", "person": victim, "id": victim["id"], "kind": "admin",
        "from": victim, "verified": True, "rooms": {VAULT: ["admin"]}, "badge": "Staff",
    }  # fmt: skip
    person = (await peer.request(
        "hello", protocol=1, token=with_claims(sub="user 7"), name="Mallory", **claims
    ))["person"]  # fmt: skip
    again = await scene.connect(kind(source=scene.stranger()))
    assert person == (await again.hello(token=with_claims(sub="user 7")))["person"]
    assert (person["kind"], person["name"]) == ("member", "Ann")
    assert person["id"] != victim["id"]
    assert "badge" not in person
    peer.welcome = {"person": person}
    await peer.join(LOBBY)
    with pytest.raises(Refused, match="not_found"):
        await peer.request("join", room=VAULT, **claims)
    ack = await peer.send(LOBBY, "who am I", **{k: v for k, v in claims.items() if k != "kind"})
    seen = await scene.witness.event("message", seq=ack["seq"])
    assert (seen["from"]["id"], seen["from"]["name"]) == (person["id"], person["name"])


async def refresh_as_another(kind: type[Transport], scene: Scene) -> None:
    """A newer token is one of the same person; any other changes nothing."""
    source = scene.stranger()
    peer = await scene.enter(kind(source=source), token=with_claims(sub="user 7"))
    other = with_claims(sub="user 8", rooms={VAULT: ["admin"]})
    guest = scene.witness.welcome["guest_token"]
    for token, code in ((other, "forbidden"), (guest, "forbidden"), (other[:-4], "unauthorized")):
        with pytest.raises(Refused, match=code):
            await peer.request("refresh", token=token)
    assert peer.closed is None
    with pytest.raises(Refused, match="not_found"):
        await peer.join(VAULT)
    ack = await peer.send(LOBBY, "still me")
    assert (await scene.witness.event("message", seq=ack["seq"]))["from"]["id"] == peer.person["id"]


async def two_authorizations(scene: Scene) -> None:
    """Two tokens in one request are none."""
    connection = HttpConnection("127.0.0.1", scene.server.port, source=scene.stranger())
    bearer = f"Bearer {with_claims(rooms={OTHER: ['admin']})}"
    for headers in (
        [("Authorization", bearer), ("Authorization", bearer)],
        [("Authorization", f"{bearer}, {bearer}")],
        [("Authorization", f"{bearer} x")],
        [("Authorization", "Bearer ")],
    ):
        found = await connection.request("GET", f"/api/v1/rooms/{OTHER}", headers=headers)
        assert found.status in {400, 401}
    await connection.close()


def _bad(name: str, make: Callable[[], str], code: int = INVALID) -> Case:
    return Case(f"F{name}", partial(not_believed, make, code))


def _with_header(fields: dict[str, Any]) -> str:
    return sealed(header(**fields), good())


def _with_times(times: Callable[[], dict[str, Any]]) -> str:
    return with_claims(**times())


def on_all(name: str, run: Callable[..., Any]) -> list[Case]:
    return [Case(f"{name}-{kind.name}", partial(run, kind)) for kind in ALL]


QUICK = [
    *(_bad(name, partial(_with_header, fields)) for name, fields in HEADERS.items()),
    *(_bad(name, partial(with_claims, **claims)) for name, claims in CLAIMS.items()),
    *(_bad(name, partial(_with_times, times)) for name, times in TIMES.items()),
    *(_bad(name, make) for name, make in ODD.items()),
    *(_bad(f"77-{name}", partial(_with_times, times), EXPIRED) for name, times in LAST.items()),
    *(Case(f"F77-just-good-{n}", partial(just_good, times)) for n, times in JUST_GOOD.items()),
    *(Case(f"F77-bad-guest-{n}", partial(bad_guest, make)) for n, make in BAD_GUESTS.items()),
    *(
        Case(f"F78-token-of-1-MB-{kind.name}", partial(a_megabyte, kind))
        for kind in ALL
        if issubclass(kind, RawWebSocket)
    ),
    *(
        Case(f"F78-token-of-1-MB-{kind.name}", partial(a_megabyte_over_http, kind))
        for kind in (XhrPolling, XhrStreaming, EventSource)
    ),
    *(
        Case(f"F78-bearer-of-{size}", partial(a_megabyte_in_a_header, size))
        for size in (MAX_TOKEN + 1, 15_000, MEGABYTE)
    ),
    *on_all("F79-for-another-room", for_another_room),
    Case("F79-for-another-room-api", for_another_room_over_http),
    *(
        Case(f"F79-beyond-the-site-{name}", partial(beyond_the_site, rooms))
        for name, rooms in {
            "names": {VAULT: ["admin"], LOBBY: ["admin"]},
            "pattern": {"*": ["admin"]},
            "longer-pattern": {"*lobby": ["admin"], "v*": ["admin"]},
            "nothing-said": None,
        }.items()
    ),
    *on_all("F79-identity-from-the-token-only", identity_from_the_token_only),
    *on_all("F79-refresh-as-another", refresh_as_another),
    Case("F79-two-authorizations", two_authorizations),
]
