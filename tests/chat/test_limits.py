"""Limits: what one connection, person, room or address may ask for, and what nobody else loses."""

import time
from dataclasses import fields, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.chat.place import LIMITS, Line, Place, say, scenario
from tornchat.chat.limits import Limiter
from tornchat.config import load

SHIPPED = load(None, {}, {}).limits
DEFAULTS = {field.name: getattr(SHIPPED, field.name) for field in fields(SHIPPED)}

_numbers = count()


def address(number: int) -> str:
    return f"198.51.100.{number}"


async def flood(line: Line, times: int, room: str = "lobby") -> None:
    """Send so many messages without waiting for an answer."""
    for _ in range(times):
        await line.say(type="send", room=room, text="x", client_id=f"k{next(_numbers)}")


# ── messages ────────────────────────────────────────────────────────────────────────────────────


@scenario(limits=DEFAULTS)
async def test_flood_of_one_is_cut_and_ends_while_others_go_on(place: Place) -> None:
    """THREATS 101: 1,000 messages a second; 5 pass, the rest must wait, then 4004."""
    mallory = await place.guest("Mallory", address=address(1))
    ann, ben = [await place.guest(n, address=address(2)) for n in ("Ann", "Ben")]
    for _ in range(1000):
        if mallory.code is None:
            place.clock.now += 0.001
            await flood(mallory, 1)
    assert mallory.code == 4004
    refused = [e for e in mallory.events if e["type"] == "error"]
    assert len(refused) == 100
    assert {e["code"] for e in refused} == {"rate_limited"}
    assert all(0 < e["retry_after"] <= 0.2 and e["retryable"] for e in refused)
    await say(ann, "still here", "a1")
    await ben.get("message", client_id="a1")
    passed = [e for e in ben.events if e["type"] == "message"]
    assert len(passed) == 10  # the burst; the tenth of a second until 4004 gives no more
    assert (ann.code, ben.code) == (None, None)


@scenario(limits=DEFAULTS)
async def test_office_behind_one_address_is_refused_nothing(place: Place) -> None:
    """THREATS 102: 200 clients come in, and send 80 messages a second together."""
    office = [await place.guest(f"Ann {n}", address=address(1)) for n in range(200)]
    for number in range(400):
        place.clock.now += 1 / 80
        line = office[number % 200]
        await line.say(type="send", room="lobby", text="x", client_id=f"k{number}")
        await line.say(type="typing", room="lobby", on=True)
        await line.say(type="read", room="lobby", seq=1)
    await office[0].get("message", client_id="k399")
    assert not [e for line in office for e in line.events if e["type"] == "error"]


@scenario(limits={"messages_per_person": 5, "burst": 3})
async def test_person_is_one_however_many_connections(place: Place) -> None:
    line = await place.guest("Ann")
    token = place.hub.guests.issue(line.client.person.id)
    other = place.connect(address=address(7))
    await other.hello(token=token)
    await other.join("lobby")
    await flood(line, 2)
    await flood(other, 2)
    found = await other.get("error", code="rate_limited")
    assert "yours in this room" in found["message"]
    await line.join("den")
    await flood(line, 3, "den")
    assert not [e for e in line.events if e["type"] == "error"]


@scenario(limits={"messages_per_room": 5, "burst": 5})
async def test_room_has_a_limit_for_all_together(place: Place) -> None:
    crowd = [await place.guest(f"Ann {n}", address=address(n)) for n in range(6)]
    for line in crowd[:5]:
        await flood(line, 1)
    refused = await crowd[5].refused(
        "rate_limited", type="send", room="lobby", text="x", client_id="k"
    )
    assert "in this room" in refused["message"]
    assert refused["retry_after"] == pytest.approx(0.2)
    place.clock.now += 0.2
    await flood(crowd[5], 1)
    await crowd[5].join("den")
    await flood(crowd[5], 1, "den")
    assert not [e for e in crowd[5].events if e["type"] == "error"]


@scenario(limits={"messages_per_ip": 5})
async def test_address_has_a_limit_and_ipv6_counts_by_household(place: Place) -> None:
    crowd = [await place.guest(f"Ann {n}", address=f"2001:db8::{n:x}") for n in range(11)]
    outside = await place.guest("Ben", address="2001:db8:0:1::1")
    for line in crowd[:10]:
        await flood(line, 1)
    found = await crowd[10].refused(
        "rate_limited", type="send", room="lobby", text="x", client_id="k"
    )
    assert "your address" in found["message"]
    await flood(outside, 1)
    await outside.get("ack")


@scenario(limits={"messages_per_ip": 1, "joins_per_ip": 1})
async def test_nobody_in_particular_has_no_limits_of_an_address(place: Place) -> None:
    """Whoever comes over a Unix socket without saying who they are."""
    crowd = [await place.guest(f"Ann {n}", address="") for n in range(12)]
    for line in crowd:
        await flood(line, 1)
        await line.get("ack")


@scenario(limits={"messages_per_second": 5, "burst": 1, "messages_per_room": 5})
async def test_who_is_over_their_own_limit_takes_nothing_from_the_room(place: Place) -> None:
    mallory, *others = [await place.guest(n) for n in ("Mallory", "Ann", "Ben", "Cid", "Dan")]
    await flood(mallory, 50)
    for line in others:
        await flood(line, 1)
        await line.get("ack")


@scenario(limits={"messages_per_second": 5, "burst": 2})
async def test_signals_and_names_count_as_messages(place: Place) -> None:
    ann = await place.guest("Ann")
    await ann.say(type="signal", room="lobby", kind="wave")
    await ann.say(type="name", name="Anna")
    await ann.refused("rate_limited", type="signal", room="lobby", kind="wave")


# ── everything else ─────────────────────────────────────────────────────────────────────────────

ASKED = [
    {"type": "history", "room": "lobby"},
    {"type": "read", "room": "lobby", "seq": 1},
    {"type": "typing", "room": "lobby", "on": True},
    {"type": "ping"},
    {"type": "leave", "room": "lobby"},
    {"type": "refresh", "token": "x"},
    {"type": "hello", "protocol": 1},
    {"type": "send", "room": "den", "text": "x", "client_id": "k"},
    {"type": "delete", "room": "den", "target": 1, "client_id": "k"},
    {"type": "signal", "room": "den", "kind": "wave"},
]


@pytest.mark.parametrize("command", ASKED, ids=lambda c: f"{c['type']} {c.get('room', '')}")
def test_flood_of_any_command_is_cut_and_ends(tmp_path: Path, command: dict[str, Any]) -> None:
    """Those of a room that was not joined too: nothing looks into the log for them."""

    @scenario(limits={"commands_per_second": 2})
    async def run(place: Place) -> None:
        ann = await place.guest("Ann")
        place.clock.now += 60
        ann.events.clear()
        for _ in range(150):
            await ann.say(**command)
        limited = [e for e in ann.events if e.get("code") == "rate_limited"]
        assert len(limited) == 100
        assert limited[0]["retry_after"] == pytest.approx(0.5)
        answered = [e for e in ann.events if e["type"] != "bye" and e not in limited]
        assert len(answered) <= 10
        assert ann.code == 4004

    run(tmp_path)


@scenario(limits={"commands_per_second": 2})
async def test_flood_before_hello_is_cut_too(place: Place) -> None:
    line = place.connect()
    for _ in range(150):
        await line.say(type="send", room="lobby", text="x", client_id="k")
    assert [e["code"] for e in line.events[:11]] == ["unauthorized"] * 10 + ["rate_limited"]
    assert line.code == 4004


@scenario(limits={"joins_per_ip": 2})
async def test_joins_of_an_address_have_a_limit(place: Place) -> None:
    for number in range(20):
        await place.guest(f"Ann {number}", address=address(1))
    late = await place.guest("Ben", None, address=address(1))
    found = await late.refused("rate_limited", type="join", room="lobby")
    assert found["retry_after"] == pytest.approx(0.5)
    await place.guest("Cid", address=address(2))


@scenario(limits={"messages_per_second": 5, "burst": 1, "commands_per_second": 1})
async def test_other_limits_hold_at_once_for_those_connected(place: Place) -> None:
    ann = await place.guest("Ann")
    await flood(ann, 2)
    await ann.get("error", code="rate_limited")
    place.hub.limits = replace(place.hub.limits, messages_per_second=50, burst=20)
    ann.events.clear()
    await flood(ann, 20)
    assert not [e for e in ann.events if e["type"] == "error"]
    await flood(ann, 1)
    assert (await ann.get("error", code="rate_limited"))["retry_after"] == pytest.approx(0.02)


# ── connections ─────────────────────────────────────────────────────────────────────────────────


@scenario(limits={"connections_per_ip": 3})
async def test_connections_of_a_place_are_counted_as_they_come_and_go(place: Place) -> None:
    limiter = place.hub.limiter
    lines = [place.connect(address=f"2001:db8::{n:x}") for n in range(3)]
    assert not limiter.admit("2001:db8::/64")
    assert limiter.admit("192.0.2.1")
    lines[0].hang_up()
    lines[0].client.closed()  # a second time changes nothing
    assert limiter.admit("2001:db8::/64")
    assert limiter.admit("")


def test_connects_of_a_place_have_a_limit() -> None:
    now = time.monotonic()
    limiter = Limiter(replace(LIMITS, connects_per_ip=5), lambda: now)
    assert [limiter.admit("192.0.2.1") for _ in range(51)] == [True] * 50 + [False]
    assert limiter.admit("192.0.2.2")
    assert all(limiter.admit("") for _ in range(100))
