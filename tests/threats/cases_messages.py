"""THREATS 5 D: commands that are broken, forged, repeated, out of range or too many."""

import asyncio
import contextlib
import json
from functools import partial
from typing import Any

import pytest

from tests.kit.chat import ChatClient, Event, Refused
from tests.kit.transports import RawWebSocket, SockJSWebSocket, XhrPolling
from tests.kit.wire import Closed
from tests.threats.scene import HALL, LOBBY, OTHER, Case, Scene

SAFE = 2**53 - 1
BAD_COMMANDS = 20
FLOOD = 1000
TYPING_PER_SECOND = 2


def command(type_: str, **fields: Any) -> str:
    return json.dumps({"type": type_, **fields})


def message(**fields: Any) -> str:
    return command("send", **{"room": LOBBY, "text": "bad", "client_id": "1", **fields})


def with_data(raw: str) -> str:
    """Return a message whose data is any text at all."""
    return message(kind="app.test").removesuffix("}") + f', "data": {raw}}}'


def many_keys(count: int) -> str:
    return message(**{str(number): 0 for number in range(count)})


REFUSED = [
    ("D52-not-JSON", "{bad", "bad_json"),
    ("D52-nothing-but-a-space", " ", "bad_json"),
    ("D52-two-objects", "{}{}", "bad_json"),
    ("D52-array", "[]", "bad_request"),
    ("D52-string", '"hello"', "bad_request"),
    ("D52-null", "null", "bad_request"),
    ("D52-empty-object", "{}", "bad_request"),
    ("D52-unknown-type", command("dance"), "unknown_type"),
    ("D52-type-of-the-server", command("ack", room=LOBBY), "unknown_type"),
    ("D52-type-is-a-number", command(5), "bad_request"),  # type: ignore[arg-type]
    ("D52-type-is-null", command(None), "bad_request"),  # type: ignore[arg-type]
    ("D52-type-of-64-KB", command("x" * 60_000), "unknown_type"),
    ("D52-missing-field", command("send", room=LOBBY, text="x"), "bad_request"),
    ("D52-null-for-text", message(text=None), "bad_request"),
    ("D52-number-for-text", message(text=5), "bad_request"),
    ("D52-array-for-text", message(text=["x"]), "bad_request"),
    ("D52-object-for-room", message(room={}), "bad_request"),
    ("D52-true-for-int", message(reply_to=True), "bad_request"),
    ("D52-text-for-int", message(reply_to="1"), "bad_request"),
    ("D52-half-for-int", message(reply_to=1.5), "bad_request"),
    ("D52-int-for-bool", command("typing", room=LOBBY, on=1), "bad_request"),
    ("D52-ref-of-65", message(ref="x" * 65), "bad_request"),
    ("D52-ref-is-a-number", message(ref=1), "bad_request"),
    ("D52-kind-is-not-a-word", message(kind="Text!"), "bad_request"),
    ("D53-depth-9", with_data("[" * 8 + "]" * 8), "bad_request"),
    ("D53-depth-20000", with_data("[" * 20_000 + "]" * 20_000), "bad_request"),
    ("D53-open-brackets", "[" * 60_000, "bad_request"),
    ("D53-NaN", with_data("NaN"), "bad_request"),
    ("D53-Infinity", with_data("-Infinity"), "bad_request"),
    ("D53-1e999", with_data("1e999"), "bad_request"),
    ("D53-2-to-53", with_data(str(2**53)), "bad_request"),
    ("D53-integer-of-5000-digits", with_data("9" * 5_000), "bad_request"),
    ("D53-reply-to-2-to-53", message(reply_to=2**53), "bad_request"),
    ("D53-reply-to-0", message(reply_to=0), "bad_request"),
    ("D53-reply-to-minus-1", message(reply_to=-1), "bad_request"),
    ("D53-data-over-4-KB", with_data(json.dumps("x" * 4096)), "bad_request"),
    ("D55-room-not-joined", message(room=OTHER), "forbidden"),
    ("D55-signal-not-joined", command("signal", room=OTHER, kind="x"), "forbidden"),
    ("D55-typing-not-joined", command("typing", room=OTHER, on=True), "forbidden"),
    ("D55-read-not-joined", command("read", room=OTHER, seq=1), "forbidden"),
    ("D55-delete-not-joined", command("delete", room=OTHER, target=1, client_id="1"), "forbidden"),
    ("D55-leave-not-joined", command("leave", room=OTHER), "forbidden"),
    ("D55-send-to-no-room", message(room="nowhere"), "forbidden"),
    ("D55-join-no-room", command("join", room="nowhere"), "not_found"),
    ("D55-history-of-no-room", command("history", room="nowhere"), "not_found"),
    ("D55-second-hello", command("hello", protocol=1), "bad_request"),
    ("D58-client-id-empty", message(client_id=""), "bad_request"),
    ("D58-client-id-of-65", message(client_id="x" * 65), "bad_request"),
    ("D58-client-id-of-60-KB", message(client_id="x" * 60_000), "bad_request"),
    ("D58-client-id-is-a-number", message(client_id=1), "bad_request"),
    ("D58-client-id-is-null", message(client_id=None), "bad_request"),
    ("D59-since-2-to-63", command("join", room=LOBBY, since=2**63, epoch="x"), "bad_request"),
    ("D59-since-is-text", command("join", room=LOBBY, since="1", epoch="x"), "bad_request"),
    ("D59-epoch-of-60-KB", command("join", room=LOBBY, since=1, epoch="x" * 60_000),
        "bad_request"),
    ("D60-limit-minus-1", command("history", room=LOBBY, limit=-1), "bad_request"),
    ("D60-limit-0", command("history", room=LOBBY, limit=0), "bad_request"),
    ("D60-limit-is-text", command("history", room=LOBBY, limit="ten"), "bad_request"),
    ("D60-before-is-text", command("history", room=LOBBY, before="x"), "bad_request"),
    ("D60-before-2-to-63", command("history", room=LOBBY, before=2**63), "bad_request"),
    ("D60-two-positions", command("history", room=LOBBY, before=5, after=1), "bad_request"),
    ("D60-view-unknown", command("history", room=LOBBY, view="all"), "bad_request"),
    ("D61-delete-nothing", command("delete", room=LOBBY, target=SAFE, client_id="1"),
        "not_found"),
    ("D61-delete-seq-0", command("delete", room=LOBBY, target=0, client_id="1"), "bad_request"),
    ("D62-4001-characters", message(text="x" * 4001), "too_large"),
    ("D62-16-KB-of-marks", message(text="a" + "\u0301" * 8192), "too_large"),
    ("D62-joined-emoji", message(text="👩\u200d👩" * 1334), "too_large"),
    ("D62-longer-when-normal", message(text="\U0001d160" * 1400), "too_large"),
    ("D63-empty", message(text=""), "bad_request"),
    ("D63-whitespace", message(text=" \t\n\u3000\u00a0"), "bad_request"),
    ("D63-zero-width", message(text="\u200b\u200d\u2060\ufeff"), "bad_request"),
    ("D63-fillers", message(text="\u3164\u115f\u2800"), "bad_request"),
    ("D63-only-marks", message(text="\u0301"), "bad_request"),
    ("D64-room-slash", command("join", room="a/b"), "bad_request"),
    ("D64-room-NUL", command("join", room="a\0"), "bad_request"),
    ("D64-room-line-end", command("join", room="lobby\n"), "bad_request"),
    ("D64-room-dots", command("join", room=".."), "bad_request"),
    ("D64-room-of-10-KB", command("join", room="a" * 10_240), "bad_request"),
    ("D64-room-emoji", command("join", room="🏠"), "bad_request"),
    ("D64-room-capitals", command("join", room="Lobby"), "bad_request"),
    ("D64-room-empty", command("join", room=""), "bad_request"),
    ("D64-room-lookalike", command("join", room="l\u043ebby"), "bad_request"),
]  # fmt: skip


async def refused(text: str, code: str, scene: Scene) -> None:
    """The answer is an error that repeats no insides; the peer stays; nothing is stored."""
    peer = await scene.enter()
    begin = len(peer.events)
    await peer.transport.send([text])
    error = await peer.event("error", after=begin)
    assert error["code"] == code, error
    assert error["retryable"] is False
    assert len(error["message"]) < 300
    await stays_silent(peer, scene)


async def stays_silent(peer: ChatClient, scene: Scene) -> None:
    await peer.ping()
    await scene.company.say()
    await scene.witness.ping()
    assert not scene.company.from_person(peer.person)


async def seen(scene: Scene, ack: Event) -> Event:
    return await scene.witness.event("message", seq=ack["seq"])


# ── 52 to 55 ────────────────────────────────────────────────────────────────────────────────────


async def odd_but_right(text: str, wanted: str, scene: Scene) -> None:
    """What PROTOCOL says is ignored: unknown keys; of repeated ones the last counts."""
    peer = await scene.enter()
    await peer.transport.send([text])
    found = await seen(scene, await peer.event("ack"))
    assert found["text"] == wanted
    assert found.keys() <= {"type", "room", "seq", "from", "text", "time", "client_id"}


async def over_the_message_size(scene: Scene) -> None:
    peer = await scene.enter()
    await peer.transport.send([many_keys(10_000)])
    assert (await peer.wait_closed()).code == 1009


async def twenty_bad_commands(kind: type[SockJSWebSocket], scene: Scene) -> None:
    peer = await scene.enter(kind())
    for _ in range(BAD_COMMANDS):
        assert peer.closed is None
        begin = len(peer.events)
        await peer.transport.send(["{bad"])
        await peer.event("error", after=begin)
    closed = await peer.wait_closed()
    assert closed.code == peer.seen("bye")[0]["code"] == 4500
    assert peer.seen("bye")[0]["reconnect"] is False


async def special_keys(scene: Scene) -> None:
    """They are plain data, to us and to whoever reads them."""
    data = {"__proto__": {"admin": True}, "constructor": {"prototype": {"x": 1}}, "\0": []}
    peer = await scene.enter()
    ack = await peer.send(LOBBY, "", kind="app.test", data=data)
    assert (await seen(scene, ack))["data"] == data
    page = await peer.history(LOBBY, limit=10)
    assert [entry["data"] for entry in page["entries"] if entry["seq"] == ack["seq"]] == [data]


async def special_keys_of_a_command(scene: Scene) -> None:
    peer = await scene.enter()
    extra = {"__proto__": {"room": OTHER}, "constructor": 1, "__class__": "Ack"}
    await peer.transport.send([message(**extra)])
    assert (await seen(scene, await peer.event("ack")))["text"] == "bad"


async def before_hello(scene: Scene) -> None:
    peer = await scene.connect()
    for text in (message(), command("join", room=LOBBY), command("history", room=LOBBY)):
        begin = len(peer.events)
        await peer.transport.send([text])
        assert (await peer.event("error", after=begin))["code"] == "unauthorized"
    await peer.hello()
    await stays_silent(peer, scene)


async def after_leaving(scene: Scene) -> None:
    peer = await scene.enter()
    await peer.leave(LOBBY)
    with pytest.raises(Refused, match="forbidden"):
        await peer.send(LOBBY, "from outside")
    await stays_silent(peer, scene)
    assert not peer.seen("message", room=LOBBY, text="the last")


# ── 56 to 58 ────────────────────────────────────────────────────────────────────────────────────


async def same_id_five_times(scene: Scene) -> None:
    """At once, over two sockets of one person: one row, five equal acks."""
    first = await scene.enter(RawWebSocket())
    second = await scene.enter(token=first.welcome["guest_token"])
    assert second.person == first.person
    clients = (first, second, first, second, first)
    acks = await asyncio.gather(*(c.send(LOBBY, "once", client_id="same") for c in clients))
    assert len({(ack["seq"], ack["time"], ack["client_id"]) for ack in acks}) == 1
    await seen(scene, acks[0])
    await scene.company.say()
    assert len(scene.company.from_person(first.person)) == 1


async def same_id_other_body(scene: Scene) -> None:
    peer = await scene.enter()
    ack = await peer.send(LOBBY, "one", client_id="same")
    for fields in ({"text": "two"}, {"text": "one", "kind": "other"}, {"text": "one", "data": 1}):
        with pytest.raises(Refused, match="conflict") as found:
            await peer.send(LOBBY, client_id="same", **fields)  # type: ignore[arg-type]
        assert found.value.event["client_id"] == "same"
    with pytest.raises(Refused, match="conflict"):
        await peer.delete(LOBBY, ack["seq"], client_id="same")
    assert (await seen(scene, ack))["text"] == "one"
    assert len(scene.company.from_person(peer.person)) == 1


async def same_id_of_another_person(scene: Scene) -> None:
    """An id is one person's own: nobody can take or guess away another's."""
    first, second = await scene.enter(), await scene.enter()
    one = await first.send(LOBBY, "first", client_id="same")
    two = await second.send(LOBBY, "second", client_id="same")
    assert one["seq"] != two["seq"]


# ── 59 and 60 ───────────────────────────────────────────────────────────────────────────────────


async def position_that_cannot_be(since: int | str, epoch: str, scene: Scene) -> None:
    """The newest page comes instead, and it is said; nothing of another room ever."""
    peer = await scene.enter()
    known = await peer.join(LOBBY)
    other = (await peer.join(OTHER))["epoch"]
    await peer.leave(OTHER)
    epochs = {"own": known["epoch"], "other": other, "wrong": "0" * 16, "empty": ""}
    position = known["last"] + 10**6 if since == "future" else since
    found = await peer.join(LOBBY, since=position, epoch=epochs[epoch])
    assert found["recovered"] is False
    assert found["epoch"] == known["epoch"]
    assert found["last"] >= known["last"]
    assert found["first"] == known["first"]
    assert {entry["room"] for entry in found["entries"]} == {LOBBY}


async def position_without_epoch(scene: Scene) -> None:
    peer = await scene.enter()
    found = await peer.join(LOBBY, since=0)
    assert found["recovered"] is False


async def page_of_everything(fields: dict[str, Any], scene: Scene) -> None:
    """A wish for 10^9 entries is one for 100."""
    peer = await scene.enter()
    page = await peer.history(OTHER, **fields)
    assert len(page["entries"]) == 100
    assert page["more"] is True


async def join_with_everything(scene: Scene) -> None:
    peer = await scene.enter()
    joined = await peer.join(OTHER, limit=10**9)
    assert len(joined["entries"]) == 100


async def page_beyond(fields: dict[str, Any], scene: Scene) -> None:
    peer = await scene.enter()
    page = await peer.history(OTHER, **fields)
    assert page["entries"] == []
    await peer.ping()


async def page_at_the_end_of_time(scene: Scene) -> None:
    peer = await scene.enter()
    page = await peer.history(OTHER, at=SAFE)
    assert page["entries"][-1]["seq"] == page["last"]


# ── 61 ──────────────────────────────────────────────────────────────────────────────────────────


async def delete_anothers(scene: Scene) -> None:
    peer = await scene.enter()
    await scene.witness.event("message", text="number 1")
    target = scene.company.from_person(scene.company.sender.person)[0]
    with pytest.raises(Refused, match="forbidden"):
        await peer.delete(LOBBY, target["seq"])
    page = await peer.history(LOBBY, around=target["seq"], limit=1)
    assert page["entries"][0]["text"] == target["text"]
    assert not scene.witness.seen("deleted")


async def delete_twice(scene: Scene) -> None:
    """The same answer, whether it is the same command again or another one; one entry."""
    peer = await scene.enter()
    target = (await peer.send(LOBBY, "secret"))["seq"]
    first = await peer.delete(LOBBY, target, client_id="a")
    again = await peer.delete(LOBBY, target, client_id="a")
    other = await peer.delete(LOBBY, target, client_id="b")
    assert first["seq"] == again["seq"] == other["seq"]
    assert first["time"] == again["time"] == other["time"]
    await scene.witness.event("deleted", seq=first["seq"])
    await scene.company.say()
    assert len(scene.witness.seen("deleted", target=target)) == 1
    page = await peer.history(LOBBY, around=target, limit=1, view="log")
    assert (page["entries"][0]["text"], page["entries"][0]["deleted"]) == ("", True)


async def delete_a_deletion(scene: Scene) -> None:
    peer = await scene.enter()
    target = (await peer.send(LOBBY, "secret"))["seq"]
    deletion = (await peer.delete(LOBBY, target))["seq"]
    with pytest.raises(Refused, match="not_found"):
        await peer.delete(LOBBY, deletion)


async def edit_and_react(type_: str, scene: Scene) -> None:
    """They come later; until then nobody can change another's message by them."""
    peer = await scene.enter()
    with pytest.raises(Refused, match="unknown_type"):
        await peer.request(type_, room=LOBBY, target=1, text="x", client_id="1", emoji="x", on=True)
    await stays_silent(peer, scene)


# ── 62, 64 and 65 ───────────────────────────────────────────────────────────────────────────────


async def longest_text(text: str, scene: Scene) -> None:
    """What is just within the limits is stored."""
    peer = await scene.enter()
    assert (await seen(scene, await peer.send(LOBBY, text)))["text"] == text


async def room_page(path: str, scene: Scene) -> None:
    status, found = await scene.ask("GET", f"/r/{path}")
    assert status in {400, 404}
    assert b"\r\nLocation:" not in found


async def join_and_leave_flood(scene: Scene) -> None:
    """Refused beyond the rate, then ended; the room hears of one coming and going at most."""
    peer = await scene.enter(RawWebSocket())
    texts = [command("join", room=HALL), command("leave", room=HALL)] * FLOOD
    with contextlib.suppress(Closed):
        await peer.transport.send(texts)
    closed = await peer.wait_closed()
    assert closed.code in {4004, 1006}
    codes = {event["code"] for event in peer.seen("error")}
    assert codes == {"rate_limited", "forbidden"}
    assert len(peer.seen("joined", room=HALL)) <= 40
    assert peer.seen("bye")[0]["code"] == 4004


async def typing_flood(pattern: list[bool], scene: Scene) -> None:
    """The room hears of it once a second or so; nothing is stored; the peer stays."""
    peer = await scene.enter(RawWebSocket())
    loop = asyncio.get_running_loop()
    began, begin = loop.time(), len(scene.witness.events)
    texts = [command("typing", room=LOBBY, on=on) for on in pattern]
    await peer.transport.send(texts * (FLOOD // len(pattern)))
    await stays_silent(peer, scene)
    heard = scene.witness.events[begin:]
    relayed = [event for event in heard if event["type"] == "typing"]
    assert 1 <= len(relayed) <= TYPING_PER_SECOND * (loop.time() - began + 1)


async def message_flood(kind: type[RawWebSocket], scene: Scene) -> None:
    """The burst is stored, the rest refused with the time to wait, then the connection ends."""
    peer = await scene.enter(kind())
    texts = [message(client_id=str(number)) for number in range(200)]
    with contextlib.suppress(Closed):
        for text in texts:
            await peer.transport.send([text])
    await peer.wait_closed()
    assert peer.seen("bye")[0]["code"] == 4004
    errors = peer.seen("error")
    assert {error["code"] for error in errors} == {"rate_limited"}
    assert all(error["retryable"] and error["retry_after"] > 0 for error in errors)
    acks = peer.seen("ack")
    assert 10 <= len(acks) <= 20
    await seen(scene, acks[-1])
    assert len(scene.company.from_person(peer.person)) == len(acks)


async def name_flood(scene: Scene) -> None:
    """The room hears of no more names than it would of messages."""
    peer = await scene.enter(RawWebSocket())
    begin = len(scene.witness.events)
    with contextlib.suppress(Closed):
        await peer.transport.send([command("name", name=f"Name {n}") for n in range(FLOOD)])
    await peer.wait_closed()
    assert peer.seen("bye")[0]["code"] == 4004
    await scene.witness.ping()
    heard = [event for event in scene.witness.events[begin:] if event["type"] == "named"]
    assert 1 <= len(heard) <= 20


QUICK = [
    *(Case(id_, partial(refused, text, code)) for id_, text, code in REFUSED),
    Case("D52-5000-more-keys", partial(odd_but_right, many_keys(5000), "bad")),
    Case(
        "D52-repeated-key",
        partial(odd_but_right, message(text="one")[:-1] + ', "text": "two"}', "two"),
    ),
    Case("D52-10000-more-keys", over_the_message_size),
    Case("D52-twenty-bad-commands-raw", partial(twenty_bad_commands, RawWebSocket)),
    Case("D52-twenty-bad-commands-sockjs", partial(twenty_bad_commands, SockJSWebSocket)),
    Case("D52-twenty-bad-commands-polling", partial(twenty_bad_commands, XhrPolling)),
    Case("D54-special-keys", special_keys),
    Case("D54-special-keys-of-a-command", special_keys_of_a_command),
    Case("D55-before-hello", before_hello),
    Case("D55-after-leaving", after_leaving),
    Case("D56-same-id-five-times", same_id_five_times),
    Case("D57-same-id-other-body", same_id_other_body),
    Case("D57-same-id-of-another-person", same_id_of_another_person),
    *(
        Case(f"D59-since-{since}-{epoch}-epoch", partial(position_that_cannot_be, since, epoch))
        for since, epoch in (
            (-1, "own"), (-SAFE, "own"), ("future", "own"), (SAFE, "own"),
            (1, "wrong"), (1, "other"), (0, "empty"), (-1, "other"),
        )
    ),
    Case("D59-since-without-epoch", position_without_epoch),
    Case("D60-limit-1e9", partial(page_of_everything, {"limit": 10**9})),
    Case("D60-limit-1e9-log", partial(page_of_everything, {"limit": 10**9, "view": "log"})),
    Case("D60-limit-1e9-join", join_with_everything),
    Case("D60-before-the-first", partial(page_beyond, {"before": -5})),
    Case("D60-before-the-first-log", partial(page_beyond, {"before": -5, "view": "log"})),
    Case("D60-after-the-last", partial(page_beyond, {"after": SAFE})),
    Case("D60-after-the-last-log", partial(page_beyond, {"after": SAFE, "view": "log"})),
    Case("D60-at-the-end-of-time", page_at_the_end_of_time),
    Case("D61-delete-anothers", delete_anothers),
    Case("D61-delete-twice", delete_twice),
    Case("D61-delete-a-deletion", delete_a_deletion),
    Case("D61-edit", partial(edit_and_react, "edit")),
    Case("D61-react", partial(edit_and_react, "react")),
    Case("D62-4000-characters", partial(longest_text, "x" * 4000)),
    Case("D62-4000-emoji", partial(longest_text, "🙂" * 4000)),
    *(
        Case(f"D64-page-of-room-{name}", partial(room_page, path))
        for name, path in {
            "slash": "a%2fb", "NUL": "a%00", "dots": "..%2f..%2fetc", "10-KB": "a" * 10_240,
            "emoji": "%F0%9F%8F%A0", "capitals": "Lobby", "line-end": "lobby%0d%0aX:%20y",
        }.items()
    ),
    Case("D65-join-and-leave-flood", join_and_leave_flood),
    Case("D65-typing-flood", partial(typing_flood, [True])),
    Case("D65-typing-on-and-off-flood", partial(typing_flood, [True, False])),
    Case("D65-message-flood-raw", partial(message_flood, RawWebSocket)),
    Case("D65-message-flood-sockjs", partial(message_flood, SockJSWebSocket)),
    Case("D65-name-flood", name_flood),
]  # fmt: skip
