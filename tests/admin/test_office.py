"""The one way to every change: who may, what is done, and the row that says so."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from tornchat.admin.actor import OPERATOR, Actor
from tornchat.admin.office import Office
from tornchat.admin.verbs import verb
from tornchat.errors import BadRequest, Conflict, NotFound, Overloaded, UnknownType

ANN = Actor("ann", "moderator", "192.0.2.7", frozenset({"den"}))


class Section:
    """Notes what it was asked for; `gate` holds `slow` until it is set."""

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.gate = asyncio.Event()

    @verb(reads=True)
    async def everything(self) -> str:
        return "all"

    @verb(reads=True, moderators=True)
    async def theirs(self, *, actor: Actor) -> list[str]:
        return [room for room in ("den", "lobby") if actor.reaches(room)]

    @verb(room="room", moderators=True)
    async def kick(self, room: str, person: str, reason: str = "") -> None:
        if person == "g_nobody":
            raise NotFound("nobody of that name")
        self.done.append((room, person))

    @verb(room="room", secret=("text",), subject=lambda result, args: f"{result} words")
    async def say(self, room: str, text: str, *, actor: Actor, **more: Any) -> int:
        self.done.append((actor.name, text))
        return len(text.split())

    @verb()
    async def slow(self, id: int) -> str:
        await self.gate.wait()
        self.done.append((id,))
        return "done"

    def _room_of(self, args: Mapping[str, Any]) -> str | None:
        return {1: "den", 2: "lobby"}.get(args["id"])

    @verb(room=_room_of, moderators=True)
    async def lift(self, id: int) -> None:
        self.done.append((id,))

    async def no_verb(self) -> None:
        raise AssertionError


class Rows:
    """An audit log in memory, together with what was done by then."""

    def __init__(self, section: Section) -> None:
        self.rows: list[dict[str, Any]] = []
        self.refusal: Exception | None = None
        self._section = section

    async def note(self, actor: Actor, verb: str, **about: Any) -> None:
        assert self._section.done, "written down before it was done"
        if self.refusal:
            raise self.refusal
        self.rows.append({"actor": actor.name, "verb": verb, **about})


class Place:
    def __init__(self) -> None:
        self.section = Section()
        self.log = Rows(self.section)
        self.office = Office([self.section], self.log)

    async def ask(self, actor: Actor, verb: str, /, **args: Any) -> Any:
        return await self.office.perform(actor, verb, args)


def scenario(body: Callable[[Place], Awaitable[None]]) -> Callable[[], None]:
    def test() -> None:
        async def run() -> None:
            async with asyncio.timeout(10):
                await body(Place())

        asyncio.run(run())

    test.__name__ = getattr(body, "__name__", "test")
    return test


# ── what can be asked for ───────────────────────────────────────────────────────────────────────


@scenario
async def test_verbs_are_the_marked_methods_and_nothing_else(place: Place) -> None:
    assert set(place.office.verbs) == {"everything", "theirs", "kick", "say", "slow", "lift"}
    for name in ("no_verb", "__init__", "gate", "no such", ""):
        with pytest.raises(UnknownType):
            await place.ask(OPERATOR, name)


@scenario
async def test_arguments_that_do_not_fit_are_told(place: Place) -> None:
    for args in ({}, {"room": "den", "person": "x", "more": 1}, {"me": 1}):
        with pytest.raises(BadRequest, match=r"^kick: .*argument"):
            await place.ask(OPERATOR, "kick", **args)


@scenario
async def test_nobody_says_who_they_are_in_an_argument(place: Place) -> None:
    for verb_ in ("say", "theirs"):
        with pytest.raises(BadRequest, match="'actor'"):
            await place.ask(OPERATOR, verb_, room="den", text="x", actor=ANN)
    assert not place.section.done


def test_two_verbs_of_one_name_are_a_fault() -> None:
    with pytest.raises(AssertionError):
        Office([Section(), Section()], Rows(Section()))


# ── who may ─────────────────────────────────────────────────────────────────────────────────────


@scenario
async def test_moderator_reaches_their_rooms_and_finds_nothing_else(place: Place) -> None:
    await place.ask(ANN, "kick", room="den", person="g_bob")
    assert await place.ask(ANN, "theirs") == ["den"]
    assert place.section.done == [("den", "g_bob")]
    with pytest.raises(NotFound, match="no room 'lobby'"):
        await place.ask(ANN, "kick", room="lobby", person="g_bob")
    for verb_, args in (
        ("everything", {}),
        ("slow", {"id": 1}),
        ("say", {"room": "den", "text": "x"}),
        ("kick", {"room": ["den"], "person": "g_bob"}),
    ):
        with pytest.raises(NotFound):
            await place.ask(ANN, verb_, **args)
    assert len(place.section.done) == len(place.log.rows) == 1


@scenario
async def test_verb_about_an_id_is_about_the_room_it_belongs_to(place: Place) -> None:
    await place.ask(ANN, "lift", id=1)
    for wrong in (2, 3):
        with pytest.raises(NotFound):
            await place.ask(ANN, "lift", id=wrong)
    await place.ask(OPERATOR, "lift", id=3)
    assert place.section.done == [(1,), (3,)]
    assert [row["room"] for row in place.log.rows] == ["den", None]


@scenario
async def test_page_knows_what_to_offer(place: Place) -> None:
    may = place.office.may
    assert may(OPERATOR, "slow") and may(OPERATOR, "kick", "lobby")
    assert may(ANN, "kick", "den") and may(ANN, "theirs")
    assert not may(ANN, "kick", "lobby") and not may(ANN, "kick") and not may(ANN, "everything")


# ── what is written down ────────────────────────────────────────────────────────────────────────


@scenario
async def test_change_leaves_a_row_and_reading_none(place: Place) -> None:
    await place.ask(OPERATOR, "everything")
    await place.ask(ANN, "kick", room="den", person="g_bob", reason="spam")
    assert place.log.rows == [
        {
            "actor": "ann",
            "verb": "kick",
            "room": "den",
            "subject": "g_bob",
            "detail": '{"person":"g_bob","reason":"spam"}',
        }
    ]


@scenario
async def test_change_that_was_refused_leaves_no_row(place: Place) -> None:
    with pytest.raises(NotFound):
        await place.ask(ANN, "kick", room="den", person="g_nobody")
    assert place.log.rows == []


@scenario
async def test_row_holds_no_secret_and_nothing_long(place: Place) -> None:
    await place.ask(
        OPERATOR, "say", room="den", text="open sesame", more="m" * 5000, list=[1] * 999
    )
    (row,) = place.log.rows
    assert row["subject"] == "2 words"
    assert "sesame" not in row["detail"] and '"text":"…"' in row["detail"]
    assert len(row["detail"]) < 500


@scenario
async def test_change_is_carried_through_with_its_row_although_its_asker_goes(place: Place) -> None:
    asking = asyncio.create_task(place.ask(OPERATOR, "slow", id=7))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled() and not place.log.rows
    place.section.gate.set()
    while not place.log.rows:
        await asyncio.sleep(0)
    assert place.log.rows[0]["subject"] == "7"


def test_row_that_cannot_be_written_is_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body(place: Place) -> None:
        place.log.refusal = Overloaded("full")
        assert await place.ask(OPERATOR, "say", room="den", text="open sesame") == 2

    scenario(body)()
    assert "the audit log lacks" in caplog.text and "say" in caplog.text
    assert "sesame" not in caplog.text


def test_error_of_a_verb_comes_through() -> None:
    class Full:
        @verb()
        async def fill(self) -> None:
            raise Conflict("full")

    async def main() -> None:
        with pytest.raises(Conflict, match="full"):
            await Office([Full()], Rows(Section())).perform(OPERATOR, "fill", {})

    asyncio.run(main())
