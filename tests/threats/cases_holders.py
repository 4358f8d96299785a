"""THREATS 5 F 80 to 85: who holds a token, who lost it, who shares it, and who has none."""

import asyncio
import json
import statistics
import subprocess
import tempfile
import time
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import pytest

from tests.kit.chat import ChatClient, Refused
from tests.kit.http import HttpConnection
from tests.kit.server import TORNCHAT, config_text
from tests.kit.transport import Transport
from tests.kit.transports import ALL, EventSource, RawWebSocket, XhrPolling, XhrStreaming
from tests.kit.wire import Closed
from tests.server import environment
from tests.threats.scene import DEN, LOBBY, VAULT, Case, Scene, Stopwatch
from tests.threats.tokens import HOUR, SITE, now, signed, write_key

GONE_SECONDS = 1.0
LEEWAY = 30
LEFT_OF_IT = 3
"""Seconds for which a token that has expired is still believed, where a case waits for its end."""
CONFIG_REFUSED = 2
GUESSES = 340
CHECKED = 30
FREE = 5
PAIRS = 40
PAIRS_EACH = 2
TIMING_LIMIT = 0.005
BAD_KEYS = {"5-bytes": b"12345", "31-bytes-and-a-line-end": b"x" * 31 + b"\n"}


# ── 80 ──────────────────────────────────────────────────────────────────────────────────────────


async def short_key(key: bytes, scene: Scene) -> None:
    """Another server does not start with it, says so in a line, and says nothing of the key."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_key(folder, key)
        server = {"listen": "127.0.0.1:0", "data_dir": "data"}
        (folder / "tornchat.conf").write_text(config_text({"server": server, **SITE}))
        options = {"cwd": folder, "env": environment(), "capture_output": True, "text": True}
        done = await asyncio.to_thread(partial(subprocess.run, TORNCHAT, timeout=20, **options))
    said = (done.stdout + done.stderr).splitlines()
    assert (done.returncode, len(said)) == (CONFIG_REFUSED, 1), said
    assert "[site shop] key_file" in said[0]
    assert "32" in said[0]
    assert not key or key.decode().strip() not in said[0]
    await scene.company.say()


# ── 81 ──────────────────────────────────────────────────────────────────────────────────────────


async def invited(kind: type[Transport], invite: str, scene: Scene) -> ChatClient:
    """Return a guest, from an address of their own, whom an invite has let in."""
    peer = await scene.connect(kind(source=scene.stranger()))
    await peer.hello()
    await peer.join(VAULT, token=invite)
    return peer


async def revoked_invite(scene: Scene) -> None:
    """Whoever came by it, over whichever transport, is out of the room, and only of that."""
    made = await scene.order("create_token", kind="invite", room=VAULT, role="write")
    other = await scene.order("create_token", kind="invite", room=VAULT, role="write")
    holders = [await invited(kind, made["token"], scene) for kind in ALL]
    stays = await invited(XhrPolling, other["token"], scene)
    for holder in holders:
        await holder.join(LOBBY)
    bearer = await scene.order("create_token", kind="invite", room=VAULT, role="read")
    source = scene.stranger()
    path = f"rooms/{VAULT}"
    assert (await scene.api("GET", path, bearer["token"], source=source)).status == 200

    watch = Stopwatch(scene.server)
    await scene.order("revoke_token", id=made["id"])
    gone = await asyncio.gather(*(holder.event("left", room=VAULT) for holder in holders))
    assert watch.seconds() <= GONE_SECONDS
    assert {event["code"] for event in gone} == {"revoked"}
    await scene.order("revoke_token", id=bearer["id"])
    assert (await scene.api("GET", path, bearer["token"], source=source)).status == 401

    ack = await stays.send(VAULT, "among ourselves")
    await stays.event("message", seq=ack["seq"])
    for holder in holders:
        await out_of_the_room(holder, made["token"])
        assert not holder.seen("message", room=VAULT)
        await holder.ping()
        await holder.send(LOBBY, "still in the lobby")
    late = await scene.connect(RawWebSocket(source=scene.stranger()))
    await late.hello()
    await out_of_the_room(late, made["token"])
    again = await scene.connect(RawWebSocket(source=scene.stranger()))
    await again.hello(token=holders[0].welcome["guest_token"])
    await out_of_the_room(again, made["token"])


async def out_of_the_room(peer: ChatClient, invite: str) -> None:
    for ask, code in (
        (peer.send(VAULT, "still here"), "forbidden"),
        (peer.history(VAULT), "not_found"),
        (peer.join(VAULT), "not_found"),
        (peer.join(VAULT, token=invite), "unauthorized"),
    ):
        with pytest.raises(Refused, match=code):
            await ask


async def revoked_key(scene: Scene) -> None:
    """Its connections end with 4502, and the API knows it no more."""
    made = await scene.order("create_token", kind="key", room=VAULT, role="write", label="Bot")
    holders = [await scene.connect(kind(source=scene.stranger())) for kind in ALL]
    for holder in holders:
        assert (await holder.hello(token=made["token"]))["person"]["kind"] == "bot"
        await holder.join(VAULT)
    source = scene.stranger()
    assert (await scene.api("GET", f"rooms/{VAULT}", made["token"], source=source)).status == 200

    watch = Stopwatch(scene.server)
    await scene.order("revoke_token", id=made["id"])
    closed = await asyncio.gather(*(holder.wait_closed() for holder in holders))
    assert watch.seconds() <= GONE_SECONDS
    assert {end.code for end in closed} == {4502}
    for path in ("rooms", f"rooms/{VAULT}", f"rooms/{VAULT}/tokens"):
        assert (await scene.api("GET", path, made["token"], source=source)).status == 401
    late = await scene.connect(RawWebSocket(source=source))
    with pytest.raises((Refused, Closed)):
        await late.hello(token=made["token"])
    assert (await late.wait_closed()).code == 4502


# ── 82 ──────────────────────────────────────────────────────────────────────────────────────────


async def expires_during_the_connection(scene: Scene) -> None:
    """Over every transport one who does nothing about it, and one who brings a newer token."""
    made = await scene.order("create_token", kind="invite", room=DEN, role="write")
    source = scene.stranger()

    async def come(kind: type[Transport], sub: str, left: int) -> ChatClient:
        token = signed(sub=sub, iat=now() - HOUR, exp=now() - LEEWAY + left)
        peer = await scene.connect(kind(source=source))
        await peer.hello(token=token)
        await peer.join(DEN, token=made["token"])
        return peer

    lazy = [await come(kind, f"lazy {kind.name}", LEFT_OF_IT) for kind in ALL]
    diligent = [await come(kind, f"diligent {kind.name}", LEFT_OF_IT) for kind in ALL]
    speaker = await come(RawWebSocket, "speaker", HOUR)
    first = (await speaker.send(DEN, "before"))["seq"]
    for peer in diligent:
        sub = f"diligent {peer.transport.name}"
        assert (await peer.request("refresh", token=signed(sub=sub)))["type"] == "ok"
    closed = await asyncio.gather(*(peer.wait_closed() for peer in lazy))
    assert {end.code for end in closed} == {4002}
    assert {peer.seen("bye")[0]["reconnect"] for peer in lazy} == {True}
    last = (await speaker.send(DEN, "after"))["seq"]
    for peer in diligent:
        await peer.event("message", seq=last)
        assert (await peer.send(DEN, "still here"))["seq"] > last
        seqs = [event["seq"] for event in peer.events if event["type"] == "message"]
        assert [seq for seq in seqs if first <= seq <= last] == list(range(first, last + 1))
        assert peer.closed is None
        assert not peer.seen("left")


# ── 83 ──────────────────────────────────────────────────────────────────────────────────────────


def with_query(kind: type[Transport], query: str) -> type[Transport]:
    """Return a transport whose address has a query."""
    if issubclass(kind, RawWebSocket):
        path = lambda self, prefix: f"{kind._path(self, prefix)}?{query}"  # noqa: E731
        return type(kind.__name__, (kind,), {"_path": path})
    address = f"{kind.address}?{query}"  # type: ignore[attr-defined]
    return type(kind.__name__, (kind,), {"address": address})


async def token_in_the_address(kind: type[Transport], scene: Scene) -> None:
    """It says nothing there, and no log has it."""
    key = await scene.order("create_token", kind="key", room=VAULT, role="write")
    site = signed(rooms={VAULT: ["write"]})
    for token in (key["token"], site):
        query = f"token={token}&access_token={token}"
        peer = await scene.connect(with_query(kind, query)(source=scene.stranger()))
        assert (await peer.hello())["person"]["kind"] == "guest"
        with pytest.raises(Refused, match="not_found"):
            await peer.join(VAULT)
        assert token[3:] not in scene.server.log


async def token_in_the_address_of_a_page(scene: Scene) -> None:
    key = await scene.order("create_token", kind="key", room=VAULT, role="admin")
    invite = await scene.order("create_token", kind="invite", room=VAULT, role="write")
    for token in (key["token"], invite["token"], signed(rooms={VAULT: ["admin"]})):
        source = scene.stranger()
        for query in (f"token={token}", f"access_token={token}", f"invite={token}"):
            found = await scene.api("GET", f"rooms/{VAULT}?{query}", source=source)
            assert found.status == HTTPStatus.NOT_FOUND
            rooms = json.loads((await scene.api("GET", f"rooms?{query}", source=source)).body)
            assert VAULT not in [room["name"] for room in rooms["rooms"]]
            _, page = await scene.ask("GET", f"/r/{VAULT}?{query}")
            assert token.encode() not in page
            assert page.startswith(b"HTTP/1.1 404")
        assert token[3:] not in scene.server.log


# ── 84 ──────────────────────────────────────────────────────────────────────────────────────────


def wrong(prefix: str = "tk_") -> str:
    return prefix + token_urlsafe(32)


async def guesses_over_http(prefix: str, scene: Scene) -> None:
    """A few are looked at, the rest is told to wait; then nobody comes in from there."""
    connection = HttpConnection("127.0.0.1", scene.server.port, source=scene.stranger())
    answers = []
    for _ in range(GUESSES):
        bearer = {"Authorization": f"Bearer {wrong(prefix)}"}
        answers.append(await connection.request("GET", "/api/v1/rooms", headers=bearer))
    await connection.close()
    statuses = [answer.status for answer in answers]
    assert set(statuses) <= {401, 403, 429}
    assert FREE <= statuses.count(401) <= CHECKED
    assert 403 in statuses
    slowed = [answer for answer in answers if answer.status == 429]
    assert all(int(answer.head.get("retry-after")) >= 1 for answer in slowed)


async def guesses_over_sockjs(kind: type[Transport], scene: Scene) -> None:
    """The same in `hello`, each time on a new connection; and of a right one nothing is heard."""
    made = await scene.order("create_token", kind="key", room=VAULT, role="read")
    source = scene.stranger()
    codes = []
    for token in [*(wrong() for _ in range(2 * FREE)), made["token"]]:
        peer = await scene.connect(kind(source=source))
        with pytest.raises((Refused, Closed)):
            await peer.hello(token=token)
        await peer.event("error")
        codes += [error["code"] for error in peer.seen("error")]
        assert not peer.seen("welcome")
        await peer.close()
    assert codes[:FREE] == ["unauthorized"] * FREE
    assert set(codes) == {"unauthorized", "rate_limited"}
    assert codes[-1] == "rate_limited"


async def guessed_invites(scene: Scene) -> None:
    """One connection, one invite after the other."""
    peer = await scene.enter(RawWebSocket(source=scene.stranger()))
    events = []
    for _ in range(2 * FREE):
        with pytest.raises(Refused) as refused:
            await peer.join(VAULT, token=wrong("tc_"))
        events.append(refused.value.event)
    codes = [event["code"] for event in events]
    assert codes[:FREE] == ["unauthorized"] * FREE
    assert set(codes) == {"unauthorized", "rate_limited"}
    assert all(event["retry_after"] > 0 for event in events if event["code"] == "rate_limited")
    await peer.ping()


async def time_tells_nothing(scene: Scene) -> None:
    """A key that is all but right takes as long to refuse as one that is nothing."""
    made = await scene.order("create_token", kind="key", room=VAULT, role="read")
    differences = []
    for _ in range(PAIRS // PAIRS_EACH):
        connection = HttpConnection("127.0.0.1", scene.server.port, source=scene.stranger())
        for number in range(PAIRS_EACH):
            last = "AEIMQUYcgkosw048"[number]
            near = made["token"][:-1] + (last if last != made["token"][-1] else "8")
            seconds = [await refusal_seconds(connection, token) for token in (near, wrong())]
            differences.append(seconds[0] - seconds[1])
        await connection.close()
    assert abs(statistics.median(differences)) <= TIMING_LIMIT


async def refusal_seconds(connection: HttpConnection, token: str) -> float:
    bearer = {"Authorization": f"Bearer {token}"}
    began = time.perf_counter()
    answer = await connection.request("GET", "/api/v1/rooms", headers=bearer)
    seconds = time.perf_counter() - began
    assert answer.status == 401
    return seconds


async def only_digests_are_stored(scene: Scene) -> None:
    made = [
        await scene.order("create_token", kind=kind, room=VAULT, role="read")
        for kind in ("invite", "key")
    ]
    (await invited(RawWebSocket, made[0]["token"], scene)).abort()
    kept = b"".join(
        path.read_bytes() for path in sorted(scene.server.data.rglob("*")) if path.is_file()
    )
    for token in made:
        assert sha256(token["token"].encode()).digest() in kept
        assert token["token"][3:].encode() not in kept


# ── 85 ──────────────────────────────────────────────────────────────────────────────────────────


async def invite_for_one(kind: type[Transport], scene: Scene) -> None:
    """The second person is refused; the first keeps coming back, with it and without."""
    made = await scene.order("create_token", kind="invite", room=VAULT, role="write", uses=1)
    first = await invited(kind, made["token"], scene)
    second = await scene.connect(kind(source=scene.stranger()))
    await second.hello()
    with pytest.raises(Refused, match="unauthorized"):
        await second.join(VAULT, token=made["token"])
    with pytest.raises(Refused, match="not_found"):
        await second.join(VAULT)
    over_http = await scene.api("GET", f"rooms/{VAULT}", made["token"], source=scene.stranger())
    assert over_http.status == 401
    await first.leave(VAULT)
    await first.join(VAULT, token=made["token"])
    for token in (made["token"], None):
        again = await scene.connect(kind(source=scene.stranger()))
        await again.hello(token=first.welcome["guest_token"])
        assert "write" in (await again.join(VAULT, token=token))["can"]
    assert not second.seen("message", room=VAULT)


async def invite_for_one_by_ten_at_once(scene: Scene) -> None:
    made = await scene.order("create_token", kind="invite", room=VAULT, role="write", uses=1)
    peers = [await scene.connect(ALL[n % len(ALL)](source=scene.stranger())) for n in range(10)]
    for peer in peers:
        await peer.hello()
    found: list[Any] = await asyncio.gather(
        *(peer.join(VAULT, token=made["token"]) for peer in peers), return_exceptions=True
    )
    codes = [answer.code for answer in found if isinstance(answer, Refused)]
    assert codes == ["unauthorized"] * 9
    (inside,) = [answer for answer in found if not isinstance(answer, Exception)]
    assert inside["type"] == "joined"


def on_all(name: str, run: Any) -> list[Case]:
    return [Case(f"{name}-{kind.name}", partial(run, kind)) for kind in ALL]


QUICK = [
    *(Case(f"F80-key-of-{name}", partial(short_key, key)) for name, key in BAD_KEYS.items()),
    Case("F81-revoked-invite", revoked_invite),
    Case("F81-revoked-key", revoked_key),
    Case("F82-expires-during-the-connection", expires_during_the_connection),
    *on_all("F83-token-in-the-address", token_in_the_address),
    Case("F83-token-in-the-address-of-a-page", token_in_the_address_of_a_page),
    Case("F84-guessed-keys-api", partial(guesses_over_http, "tk_")),
    Case("F84-guessed-invites-api", partial(guesses_over_http, "tc_")),
    Case("F84-guessed-guests-api", partial(guesses_over_http, "")),
    *(
        Case(f"F84-guessed-keys-{kind.name}", partial(guesses_over_sockjs, kind))
        for kind in (RawWebSocket, XhrPolling, XhrStreaming, EventSource)
    ),
    Case("F84-guessed-invites", guessed_invites),
    Case("F84-time-tells-nothing", time_tells_nothing),
    Case("F84-only-digests-are-stored", only_digests_are_stored),
    *on_all("F85-invite-for-one", invite_for_one),
    Case("F85-invite-for-one-by-ten-at-once", invite_for_one_by_ten_at_once),
]
