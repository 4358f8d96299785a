"""THREATS 5 D: conversations that go wrong: forged, repeated, out of place, out of range."""

import asyncio
from functools import partial
from typing import Any

import pytest

from tests.kit.chat import Event, Refused
from tests.kit.transports import RawWebSocket, SockJSWebSocket, XhrPolling
from tests.threats.cases_refused import SAFE, command, message, stays_silent
from tests.threats.scene import LOBBY, OTHER, Case, Scene

BAD_COMMANDS = 20


def many_keys(count: int) -> str:
    return message(**{str(number): 0 for number in range(count)})


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


# ── 62 and 64 ────────────────────────────────────────────────────────────────────────────────────


async def longest_text(text: str, scene: Scene) -> None:
    """What is just within the limits is stored."""
    peer = await scene.enter()
    assert (await seen(scene, await peer.send(LOBBY, text)))["text"] == text


async def room_page(path: str, scene: Scene) -> None:
    status, found = await scene.ask("GET", f"/r/{path}")
    assert status in {400, 404}
    assert b"\r\nLocation:" not in found


QUICK = [
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
]  # fmt: skip
