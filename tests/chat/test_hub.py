"""Clients, rooms and the log together: what one says, what the others hear, and what comes back."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chat.place import PATIENCE, Place, open_place, say, scenario
from tornchat.chat import fanout
from tornchat.store import Retention, prune

# ── hello ───────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_hello_makes_a_guest_who_is_known_again(place: Place) -> None:
    line = place.connect()
    await line.say(type="hello", protocol=1, name="Ann", ref="r1")
    welcome = await line.get("welcome", ref="r1")
    assert welcome["person"]["name"] == "Ann"
    assert welcome["person"]["verified"] is False
    again = place.connect()
    await again.say(type="hello", protocol=1, token=welcome["guest_token"])
    second = await again.get("welcome")
    assert second["person"] == welcome["person"]
    assert "guest_token" not in second


@scenario()
async def test_commands_before_hello_are_refused(place: Place) -> None:
    line = place.connect()
    await line.say(type="join", room="lobby")
    await line.get("error", code="unauthorized")


@scenario()
async def test_connection_without_hello_is_closed_after_ten_seconds(place: Place) -> None:
    line = place.connect()
    place.pass_time(9.9)
    assert line.code is None
    place.pass_time(0.2)
    assert (await line.get("bye"))["code"] == line.code == 4006


@scenario()
async def test_foreign_token_ends_the_connection(place: Place) -> None:
    line = place.connect()
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."
    await line.say(type="hello", protocol=1, token=token)
    assert line.code == 4501


@scenario()
async def test_other_protocol_ends_the_connection(place: Place) -> None:
    line = place.connect()
    await line.say(type="hello", protocol=2)
    await line.get("error", code="bad_request")
    assert line.code == 4500


# ── messages ────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_message_reaches_everybody_and_its_sender_gets_the_ack_with_it(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    ack = await say(ann, "hi", "k1")
    message = await ben.get("message")
    assert (message["seq"], message["text"], message["client_id"]) == (1, "hi", "k1")
    assert (ack["seq"], ack["time"]) == (1, message["time"])
    await ann.get("message", seq=1)
    metrics = place.hub.metrics
    assert (metrics.joins, metrics.messages, metrics.deliveries) == (2, 1, 2)


@scenario()
async def test_rooms_are_apart(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben", room="den")
    await say(ann, "here", "k1")
    await say(ben, "there", "k1", room="den")
    assert [e["text"] for e in ann.events if e["type"] == "message"] == ["here"]
    assert [e["text"] for e in ben.events if e["type"] == "message"] == ["there"]


@scenario()
async def test_leaving_stops_the_flow(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    await ben.say(type="leave", room="lobby", ref="x")
    await ben.get("ok", ref="x")
    await say(ann, "hi", "k1")
    assert ben.seqs() == []
    await ben.say(type="send", room="lobby", text="x", client_id="k")
    await ben.get("error", code="forbidden", client_id="k")


@scenario()
async def test_same_message_sent_five_times_is_one_entry(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    acks = [await say(ann, "once", "k1") for _ in range(5)]
    assert [(a["seq"], a["time"]) for a in acks] == [(acks[0]["seq"], acks[0]["time"])] * 5
    await say(ann, "end", "k2")
    await ben.get("message", text="end")
    assert ben.seqs() == [1]


@scenario()
async def test_same_client_id_with_other_text_is_a_conflict(place: Place) -> None:
    ann = await place.guest("Ann")
    await say(ann, "one", "k1")
    await ann.say(type="send", room="lobby", text="two", client_id="k1")
    await ann.get("error", code="conflict", client_id="k1")


@scenario(limits={"messages_per_second": 1, "burst": 1})
async def test_resend_is_answered_although_the_sender_is_too_fast(place: Place) -> None:
    ann = await place.guest("Ann")
    first = await say(ann, "hi", "k1")
    await ann.say(type="send", room="lobby", text="more", client_id="k2")
    refusal = await ann.get("error", code="rate_limited", client_id="k2")
    assert 0 < refusal["retry_after"] <= 1
    again = await say(ann, "hi", "k1")
    assert again["seq"] == first["seq"]


@scenario()
async def test_resend_is_answered_before_joining_again(place: Place) -> None:
    ann = await place.guest("Ann")
    token = ann.client.hub.guests.issue(ann.client.person.id)
    await say(ann, "hi", "k1")
    ann.hang_up()
    back = place.connect()
    await back.say(type="hello", protocol=1, token=token, name="Ann")
    assert (await say(back, "hi", "k1"))["seq"] == 1
    await back.say(type="send", room="lobby", text="new", client_id="k2")
    await back.get("error", code="forbidden")


@scenario()
async def test_deleted_text_is_nowhere_any_more(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    await say(ann, "secret", "k1")
    await ben.say(type="delete", room="lobby", target=1, client_id="d1")
    await ben.get("error", code="forbidden")
    await ann.say(type="delete", room="lobby", target=1, client_id="d1")
    assert (await ann.get("ack", client_id="d1"))["seq"] == 2
    assert (await ben.get("deleted"))["target"] == 1
    late = place.connect()
    await late.say(type="hello", protocol=1)
    await late.say(type="join", room="lobby")
    (entry,) = (await late.get("joined"))["entries"]
    assert (entry["seq"], entry["deleted"], entry["text"]) == (1, True, "")
    await late.say(type="history", room="lobby", view="log")
    page = await late.get("history")
    assert "secret" not in str(page)
    assert [e["seq"] for e in page["entries"]] == [1, 2]


@scenario()
async def test_application_data_travels_without_text(place: Place) -> None:
    ann = await place.guest("Ann")
    data = {"x": [1, {"__proto__": 2}]}
    await ann.say(type="send", room="lobby", text="", kind="draw", data=data, client_id="k1")
    message = await ann.get("message")
    assert (message["kind"], message["data"]) == ("draw", data)


@scenario()
async def test_signal_reaches_the_others_and_no_log(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    await ann.say(type="signal", room="lobby", kind="wave", data={"n": 1}, ref="s")
    await ann.get("ok", ref="s")
    signal = await ben.get("signal")
    assert (signal["from"]["name"], signal["data"]) == ("Ann", {"n": 1})
    assert not [e for e in ann.events if e["type"] == "signal"]
    assert place.hub.record("lobby").last == 0  # type: ignore[union-attr]


@scenario()
async def test_read_only_room_refuses_guests(place: Place) -> None:
    ann = await place.guest("Ann", room="board")
    await ann.say(type="send", room="board", text="x", client_id="k1")
    await ann.get("error", code="forbidden")


@scenario()
async def test_private_room_and_none_at_all_answer_alike(place: Place) -> None:
    ann = await place.guest("Ann", room=None)
    for room in ("vault", "nowhere"):
        await ann.say(type="join", room=room)
        error = await ann.get("error")
        assert (error["code"], error["message"].replace(room, "*")) == ("not_found", "no room '*'")
    assert {s.name for s in place.hub.summaries()} == {"lobby", "den", "board"}


@scenario()
async def test_room_nobody_wrote_in_has_no_last_time(place: Place) -> None:
    ann = await place.guest("Ann")
    await say(ann, "hello", "k1")
    times = {summary.name: summary.last_time for summary in place.hub.summaries()}
    assert times["lobby"] > 0
    assert times["den"] == 0


# ── coming back ─────────────────────────────────────────────────────────────────────────────────


@scenario(rooms={"recovery_limit": 10})
async def test_missed_entries_come_back_in_pages(place: Place) -> None:
    ann = await place.guest("Ann")
    for n in range(35):
        await say(ann, f"line {n}", f"k{n}")
    ben = place.connect()
    await ben.say(type="hello", protocol=1)
    epoch = place.hub.record("lobby").epoch  # type: ignore[union-attr]
    since, seqs = 3, []
    for _ in range(10):
        await ben.say(type="join", room="lobby", since=since, epoch=epoch)
        joined = await ben.get("joined")
        assert joined["recovered"] is True
        seqs += [e["seq"] for e in joined["entries"]]
        since = seqs[-1]
        if not joined["more"]:
            break
        assert len(joined["entries"]) == 10
    assert seqs == list(range(4, 36))
    assert joined["last"] == 35


@scenario()
async def test_position_that_cannot_be_served_is_told(place: Place) -> None:
    ann = await place.guest("Ann")
    await say(ann, "one", "k1")
    epoch = place.hub.record("lobby").epoch  # type: ignore[union-attr]
    for since, asked in ((99, epoch), (-1, epoch), (0, "other"), (0, None)):
        await ann.say(type="join", room="lobby", since=since, epoch=asked)
        joined = await ann.get("joined")
        assert joined["recovered"] is False
        assert [e["seq"] for e in joined["entries"]] == [1]


@scenario()
async def test_empty_room_gives_a_position(place: Place) -> None:
    ann = place.connect()
    await ann.say(type="hello", protocol=1)
    await ann.say(type="join", room="lobby", since=0, epoch="x")
    joined = await ann.get("joined")
    assert (joined["first"], joined["last"], joined["entries"]) == (1, 0, [])
    await ann.say(type="join", room="lobby", since=0, epoch=joined["epoch"])
    assert (await ann.get("joined"))["recovered"] is True


@scenario()
async def test_nothing_falls_between_replay_and_live(place: Place) -> None:
    writer = await place.guest("Ann")

    async def write() -> None:
        for n in range(300):
            await writer.say(type="send", room="lobby", text=f"{n}", client_id=f"k{n}")
            if n % 7 == 0:
                await asyncio.sleep(0)

    async def reader() -> list[int]:
        line = place.connect()
        await line.say(type="hello", protocol=1)
        await line.say(type="join", room="lobby", since=0, epoch=epoch)
        joined = await line.get("joined")
        seqs = [e["seq"] for e in joined["entries"]]
        await line.get("message", seq=300) if seqs[-1:] != [300] else None
        return seqs + [s for s in line.seqs() if s != 300] + ([300] if seqs[-1:] != [300] else [])

    epoch = place.hub.record("lobby").epoch  # type: ignore[union-attr]
    writing = asyncio.create_task(write())
    readers = []
    for _ in range(50):
        readers.append(asyncio.create_task(reader()))
        await asyncio.sleep(0.001)
    await writing
    for seqs in await asyncio.gather(*readers):
        assert seqs == list(range(1, 301))


def test_hub_over_an_old_store_replays_from_disk(tmp_path: Path) -> None:
    async def write() -> None:
        async with open_place(tmp_path / "data") as place:
            ann = await place.guest("Ann")
            for n in range(60):
                await say(ann, f"line {n}", f"k{n}")

    async def read() -> None:
        async with open_place(tmp_path / "data", rooms={"recovery_limit": 20}) as place:
            ben = place.connect()
            await ben.say(type="hello", protocol=1)
            await ben.say(type="join", room="lobby", limit=30)
            page = await ben.get("joined")
            assert [e["seq"] for e in page["entries"]] == list(range(31, 61))
            await ben.say(type="join", room="lobby", since=2, epoch=page["epoch"])
            again = await ben.get("joined")
            assert [e["seq"] for e in again["entries"]] == list(range(3, 23))
            assert (again["recovered"], again["more"], again["last"]) == (True, True, 60)

    asyncio.run(write())
    asyncio.run(read())


@scenario()
async def test_history_pages_both_ways_and_both_views(place: Place) -> None:
    ann = await place.guest("Ann")
    for n in range(1, 11):
        await say(ann, f"line {n}", f"k{n}")
    await ann.say(type="delete", room="lobby", target=10, client_id="d")
    await ann.get("ack", client_id="d")

    async def page(**anchor: Any) -> tuple[list[int], bool]:
        await ann.say(type="history", room="lobby", **anchor)
        found = await ann.get("history")
        return [e["seq"] for e in found["entries"]], found["more"]

    assert await page(limit=3) == ([8, 9, 10], True)
    assert await page(before=3) == ([1, 2], False)
    assert await page(after=8) == ([9, 10], False)
    assert await page(limit=3, view="log") == ([9, 10, 11], True)
    assert await page(before=3, view="log") == ([1, 2], False)
    assert await page(after=8, view="log") == ([9, 10, 11], False)
    assert await page(around=5, limit=4, view="log") == ([3, 4, 5, 6], True)
    assert await page(at=0, limit=2, view="log") == ([1, 2], True)
    assert await page(before=1, view="log") == ([], False)
    await ann.say(type="history", room="lobby", before=1, after=2)
    await ann.get("error", code="bad_request")


# ── people ──────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_presence_comes_once_a_tick(place: Place) -> None:
    ann = await place.guest("Ann")
    place.pass_time(0.25)
    await ann.get("presence")
    await place.guest("Ben")
    await place.guest("Cleo")
    place.pass_time(0.25)
    presence = await ann.get("presence")
    assert [p["name"] for p in presence["joins"]] == ["Ben", "Cleo"]
    assert presence["count"] == 3
    assert not [e for e in ann.events if e["type"] == "presence"]


@scenario()
async def test_person_who_vanishes_leaves_after_the_grace(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    place.pass_time(0.25)
    await ann.get("presence")
    ben.hang_up()
    place.pass_time(9.5)
    assert not [e for e in ann.events if e["type"] == "presence"]
    place.pass_time(0.6)
    assert [p["name"] for p in (await ann.get("presence"))["leaves"]] == ["Ben"]


@scenario()
async def test_taken_name_gets_a_number(place: Place) -> None:
    ann = await place.guest("Ann")
    other = await place.guest("ANN")
    named = await other.get("named")
    assert (named["person"]["name"], named["was"]) == ("ANN 2", "ANN")
    assert "taken" in named["reason"]
    assert other.client.person.name == "ANN 2"
    await ann.say(type="name", name="Anna")
    assert (await other.get("named"))["person"]["name"] == "Anna"
    await say(ann, "hi", "k1")
    assert (await other.get("message"))["from"]["name"] == "Anna"


@scenario(limits={"messages_per_second": 5})
async def test_names_change_no_faster_than_messages_are_sent(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    burst = place.hub.limits.burst
    for number in range(burst + 1):
        await ann.say(type="name", name=f"Ann the {number}th")
    await ann.get("error", code="rate_limited")
    heard = [await ben.get("named") for _ in range(burst)]
    assert heard[-1]["person"]["name"] == f"Ann the {burst - 1}th"
    assert not [e for e in ben.events if e["type"] == "named"]


@scenario()
async def test_reserved_and_broken_names_are_refused(place: Place) -> None:
    line = place.connect()
    for name in ("admin", "аdmin", "a\nb", "  ", "x" * 33):
        await line.say(type="hello", protocol=1, name=name)
        await line.get("error", code="bad_request")
    await line.say(type="hello", protocol=1, name="Ann")
    await line.get("welcome")


@scenario()
async def test_room_is_freed_when_it_is_empty(place: Place) -> None:
    ann = await place.guest("Ann")
    ann.hang_up()
    place.pass_time(11)
    place.pass_time(0.25)
    assert len(place.hub.rooms) == 0
    assert (len(place.hub.clients), len(place.hub.people)) == (0, 0)


@scenario()
async def test_typing_is_relayed_throttled_and_expires(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    for _ in range(5):
        await ann.say(type="typing", room="lobby", on=True)
    assert (await ben.get("typing"))["on"] is True
    assert not [e for e in ben.events if e["type"] == "typing"]
    place.pass_time(6.1)
    assert (await ben.get("typing"))["on"] is False


@scenario()
async def test_typing_on_and_off_is_relayed_once_a_second(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    for on in [True, False] * 5:
        await ann.say(type="typing", room="lobby", on=on)
    assert [(await ben.get("typing"))["on"] for _ in range(2)] == [True, False]
    assert not [e for e in ben.events if e["type"] == "typing"]
    place.pass_time(1.1)
    await ann.say(type="typing", room="lobby", on=True)
    assert (await ben.get("typing"))["on"] is True
    place.pass_time(6.1)
    assert (await ben.get("typing"))["on"] is False
    place.pass_time(6.1)
    assert not [e for e in ben.events if e["type"] == "typing"]


@scenario()
async def test_read_position_is_the_persons_and_survives(place: Place) -> None:
    ann = await place.guest("Ann")
    token = ann.client.hub.guests.issue(ann.client.person.id)
    for n in range(3):
        await say(ann, "x", f"k{n}")
    tab = place.connect()
    await tab.say(type="hello", protocol=1, token=token)
    await tab.say(type="join", room="lobby")
    assert (await tab.get("joined"))["read_seq"] == 0
    await ann.say(type="read", room="lobby", seq=2)
    assert (await tab.get("unread"))["count"] == 1
    ann.hang_up()
    tab.hang_up()
    back = place.connect()
    await back.say(type="hello", protocol=1, token=token)
    await back.say(type="join", room="lobby")
    assert (await back.get("joined"))["read_seq"] == 2


@scenario()
async def test_quiet_room_beats_with_its_last_seq(place: Place) -> None:
    ann = await place.guest("Ann")
    await say(ann, "hi", "k1")
    place.pass_time(25.1)
    assert (await ann.get("beat"))["last"] == 1


# ── limits and the end ──────────────────────────────────────────────────────────────────────────


@scenario()
async def test_twenty_bad_commands_in_a_minute_end_the_connection(place: Place) -> None:
    ann = await place.guest("Ann")
    for _ in range(19):
        await ann.text("{bad")
    assert ann.code is None
    await ann.text("{bad")
    assert ann.code == 4500


@scenario(limits={"messages_per_second": 5, "burst": 10})
async def test_flood_is_refused_then_ended(place: Place) -> None:
    ann = await place.guest("Ann")
    for n in range(200):
        await ann.say(type="send", room="lobby", text="x", client_id=f"k{n}")
    assert ann.code == 4004


@scenario(limits={"rooms_per_connection": 1})
async def test_too_many_rooms_are_refused(place: Place) -> None:
    ann = await place.guest("Ann")
    await ann.say(type="join", room="den")
    await ann.get("error", code="too_many")


@scenario()
async def test_drain_refuses_and_dismiss_says_goodbye(place: Place) -> None:
    ann = await place.guest("Ann")
    place.hub.drain()
    await ann.say(type="send", room="lobby", text="x", client_id="k")
    assert (await ann.get("error", code="overloaded"))["retryable"] is True
    place.hub.dismiss()
    bye = await ann.get("bye")
    assert (bye["code"], bye["reconnect"], ann.code) == (4000, True, 4000)


def test_whoever_returns_right_after_a_start_draws_no_line(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_place(tmp_path / "data") as place:
            watcher = await place.guest("Watcher")
            place.pass_time(0.25)
            await watcher.get("presence")
            back = place.connect()
            token = place.hub.guests.issue("g_before")
            await back.say(type="hello", protocol=1, token=token, name="Ann")
            await back.say(type="join", room="lobby")
            await place.guest("Newcomer")
            place.pass_time(0.25)
            presence = await watcher.get("presence")
            assert [p["name"] for p in presence["joins"]] == ["Newcomer"]
            assert [p["name"] for p in presence["members"]] == ["Watcher", "Ann", "Newcomer"]

    asyncio.run(run())


@scenario()
async def test_new_name_on_return_within_the_grace_is_told(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    token = place.hub.guests.issue(ben.client.person.id)
    ben.hang_up()
    back = place.connect()
    await back.say(type="hello", protocol=1, token=token, name="Benjamin")
    await back.say(type="join", room="lobby")
    named = await ann.get("named")
    assert (named["person"]["name"], named["was"]) == ("Benjamin", "Ben")
    assert [m["name"] for m in (await back.get("joined"))["members"]] == ["Ann", "Benjamin"]


@scenario()
async def test_retention_moves_first_and_old_positions_start_anew(place: Place) -> None:
    ann = await place.guest("Ann")
    for n in range(5):
        await say(ann, f"{n}", f"k{n}")
    moved = await prune(place.store.journal, Retention(messages=2), time.time)
    place.hub.prune("lobby", moved["lobby"])
    epoch = place.hub.record("lobby").epoch  # type: ignore[union-attr]
    await ann.say(type="join", room="lobby", since=1, epoch=epoch)
    joined = await ann.get("joined")
    assert (joined["recovered"], joined["first"]) == (False, 4)
    assert [e["seq"] for e in joined["entries"]] == [4, 5]
    await ann.say(type="join", room="lobby", since=3, epoch=epoch)
    assert (await ann.get("joined"))["recovered"] is True


@scenario(limits={"connections_per_person": 1})
async def test_person_with_too_many_connections_is_told(place: Place) -> None:
    ann = await place.guest("Ann")
    token = place.hub.guests.issue(ann.client.person.id)
    second = place.connect()
    await second.say(type="hello", protocol=1, token=token)
    assert second.code == 4007


def test_groups_that_wait_for_a_delivery_leave_as_one(tmp_path: Path) -> None:
    turns: list[Callable[[], None]] = []

    async def run() -> None:
        async with open_place(tmp_path / "data", call_soon=turns.append) as place:
            lines = [await place.guest(f"p{n}") for n in range(3)]
            for n in range(5):
                await lines[0].say(type="send", room="lobby", text=f"{n}", client_id=f"k{n}")
                await until_reported(place, n + 1)
            frames = [line.frames for line in lines]
            while turns:
                turns.pop(0)()
            for line, before in zip(lines, frames, strict=True):
                assert line.seqs() == [1, 2, 3, 4, 5]
                assert line.frames - before <= 2

    async def until_reported(place: Place, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while place.hub.metrics.messages < count:
                await asyncio.sleep(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fanout, "SLICE_SECONDS", -1.0)
        patch.setattr(fanout, "CHECK_EVERY", 1)
        asyncio.run(run())
