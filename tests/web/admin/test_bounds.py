"""Pages that anybody outside could make large: they stay small, and nothing is out of reach."""

import re

import pytest

from tests.web.admin.desk import Desk, desk_scenario
from tests.web.admin.hall import Hall, hall_scenario, links, who
from tests.web.admin.test_messages import link, shown, talk
from tests.web.admin.visitor import Hallway, hallway
from tornchat.admin.figures import COARSE_KEPT, FINE_KEPT, FINE_LOOKS
from tornchat.protocol import Message, Person
from tornchat.web.admin.lines import MOST_MARKS, MOST_TEXT, fitting, found_lines

QUOTES = '"' * 3900
"""Six bytes on a page for each character."""
FIT = MOST_TEXT // (6 * 3900)


def message(seq: int, text: str) -> Message:
    return Message("lobby", seq, Person("g_1", "Ann"), text, 0, "c")


def seqs(near: int, texts: list[str]) -> list[int]:
    entries = [message(seq, text) for seq, text in enumerate(texts)]
    return [entry.seq for entry in fitting(entries, near)]


@pytest.mark.parametrize(
    ("near", "kept"), [(0, [0, 1, 2]), (9, [7, 8, 9]), (5, [4, 5, 6]), (10, [7, 8, 9])]
)
def test_page_keeps_what_fits_around_what_it_is_about(near: int, kept: list[int]) -> None:
    assert seqs(near, ["x" * (MOST_TEXT // 3)] * 10) == kept


def test_size_is_that_of_the_page_and_not_of_the_text() -> None:
    assert seqs(0, ["<" * (MOST_TEXT // 8)] * 3) == [0, 1]
    assert seqs(0, ["😀" * (MOST_TEXT // 8)] * 3) == [0, 1]


def test_message_larger_than_a_page_is_shown_alone() -> None:
    assert seqs(1, ["x", "x" * 2 * MOST_TEXT, "x"]) == [1]
    assert seqs(0, []) == []


def test_only_so_many_words_are_marked() -> None:
    [line] = found_lines([message(1, "a " * 2000)], [], "a", several_rooms=True)
    assert sum(part.hit for part in line.parts) == MOST_MARKS
    assert "".join(part.text for part in line.parts) == "a " * 2000


@hall_scenario()
async def test_long_messages_are_spread_over_more_pages(hall: Hall) -> None:
    """All of them on one page would be more than a connection takes: it would be no page at all."""
    await talk(hall, *[QUOTES] * 5, "middle", name="Ann")
    await talk(hall, *[QUOTES] * 5, name="Bob")
    newest = await hall.ann.get("rooms/lobby/messages")
    assert list(shown(newest)) == [str(seq) for seq in range(11 - FIT, 12)]
    assert shown(newest)["11"] == QUOTES
    around = await hall.ann.get("rooms/lobby/messages?around=6")
    assert "6" in shown(around)
    first = await hall.ann.get("rooms/lobby/messages?after=0")
    assert list(shown(first)) == [str(seq) for seq in range(1, FIT + 2)]
    for page, words in ((newest, "Older messages"), (first, "Newer messages")):
        other = await hall.ann.get(f"rooms/lobby/messages{link(page, words)}")
        assert shown(page).keys() | shown(other).keys() == {str(seq) for seq in range(1, 12)}


@hall_scenario()
async def test_search_that_finds_long_messages_goes_on_where_the_page_ends(hall: Hall) -> None:
    for name in ("Ann", "Bob"):
        await talk(hall, *[f"needle {QUOTES}"] * 5, name=name)
    found: list[str] = []
    where: str | None = "?search=needle"
    while where:
        page = await hall.ann.get(f"messages{where}")
        assert 0 < len(shown(page)) <= FIT
        found += shown(page)
        where = link(page, "Older")
    assert found == [f"lobby:{seq}" for seq in range(10, 0, -1)]


@hall_scenario()
async def test_of_many_deletions_that_wait_a_few_are_listed(hall: Hall) -> None:
    await talk(hall, "one")
    for _ in range(13):
        await hall.ann.post("rooms/lobby/messages/delete", seq="1")
    page = (await hall.ann.get("rooms/lobby/messages")).body.decode()
    assert page.count("will be deleted in a moment") == 10
    assert "3 more deletions wait." in page


@hall_scenario()
async def test_person_in_many_rooms_takes_little_of_the_page(hall: Hall) -> None:
    line = await hall.place.guest("Ann", None)
    for number in range(30):
        await hall.place.admin.create_room(f"room-{number:02}")
        await line.join(f"room-{number:02}")
    page = (await hall.ann.get("people")).body.decode()
    chooser = re.search(rf'<select id="room-{who(line)}".*?</select>', page, re.S)
    assert chooser and chooser[0].count("<option>room-") == 20
    assert "and 25 more" in page


@hallway()
async def test_accounts_come_a_page_at_a_time_and_are_found_by_name(hall: Hallway) -> None:
    await hall.account()
    for number in range(60):
        await hall.office.sign_in.book.add(f"mo {number}", rooms=frozenset({"den"}), created=1)
    ann = hall.visitor()
    await ann.sign_in()
    first = await ann.get("accounts")
    assert first.body.count(b'<tr id="account-') == 50
    assert links(first, "Next") == ["?page=2"]
    second = await ann.get("accounts?page=2")
    assert second.body.count(b'<tr id="account-') == 11
    found = await ann.get("accounts?search=MO+57")
    assert re.findall(rb'<tr id="account-(\d+)"', found.body) == [b"59"]
    assert b"No account matches" in (await ann.get("accounts?search=nobody")).body


@desk_scenario()
async def test_dashboard_with_all_the_samples_that_are_kept_is_small(desk: Desk) -> None:
    machine = desk.office.machine
    machine.look(FINE_LOOKS * FINE_KEPT)
    machine.sampler._coarse.extend(machine.sampler._fine)  # a day of looks would take its time
    for span, kept in (("hour", FINE_KEPT), ("day", COARSE_KEPT)):
        assert len((await desk.office.administration.figures(span=span)).samples) == kept
        page = await desk.ann.get(f"?span={span}")
        assert page.status == 200
        assert len(page.body) < 150_000
