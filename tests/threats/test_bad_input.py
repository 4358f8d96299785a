"""THREATS 5 A to H: every bad input, sent to a whole server while a healthy pair chats.

Each gets its right answer; the witness misses nothing; nobody is shown a traceback; the log gets
two lines at most and no ERROR; the loop is not held. What takes the server's own seconds (ten for
a header, for a hello) plays all at once, so that the suite waits once.
"""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket
from tests.kit.waiting import scenario
from tests.server import ROOT
from tests.threats import (
    cases_admin,
    cases_crowds,
    cases_floods,
    cases_holders,
    cases_http,
    cases_messages,
    cases_moderation,
    cases_pages,
    cases_refused,
    cases_search,
    cases_sessions,
    cases_text,
    cases_tokens,
    cases_websocket,
)
from tests.threats.scene import DEN, HALL, LOBBY, OTHER, VAULT, WORK_LIMIT, Case, staged
from tests.threats.tokens import OTHER_KEY, OTHER_KEY_FILE, OTHER_SITE, SITE, write_key

NUMBERS = {"A": range(1, 22), "B": range(22, 35), "C": range(35, 52), "D": range(52, 66),
           "E": range(66, 75), "F": range(75, 86), "G": range(86, 101),
           "H": range(101, 106)}  # fmt: skip
QUICK = [
    *cases_http.QUICK, *cases_websocket.QUICK, *cases_sessions.QUICK, *cases_refused.QUICK,
    *cases_messages.QUICK, *cases_floods.QUICK, *cases_text.QUICK, *cases_tokens.QUICK,
    *cases_admin.QUICK, *cases_holders.QUICK, *cases_pages.QUICK, *cases_crowds.QUICK,
    *cases_moderation.QUICK, *cases_search.QUICK,
]  # fmt: skip
SLOW = [*cases_http.SLOW, *cases_websocket.SLOW, *cases_sessions.SLOW]
NOT_YET = {
    "G98": "with webhooks: the server asks no address yet",
}
"""Numbers of which nothing exists yet, each with the reason."""
PARTS_NOT_YET = {
    "D61": "editing another's message: editing is a later issue",
    "E72": "cells of a CSV export: stored as they are today",
    "E73": "line ends in redirects and file names: they come with the admin pages",
    "F81": "the archive over HTTP: it comes with the archive",
    "F83": "tokens in the addresses of SSE and NDJSON: they come with those streams",
}
"""What is still to be added to numbers that have cases."""
ELSEWHERE = {
    "A17": "tests/web/test_static.py::test_nothing_but_the_files_can_be_reached",
    "C48": "tests/sockjs/test_protocol.py::test_disabled_websocket_is_said_and_404",
    "C51": "tests/sockjs/test_polling.py::test_clock_that_jumps_expires_no_session",
    "G94": "tests/e2e/test_browser_framing.py::"
    "test_frame_hears_the_page_right_around_it_alone_and_that_in_one_shape",
    "G97": "tests/web/admin/test_room.py::"
    "test_second_of_two_sees_both_values_and_nothing_is_overwritten",
    "H102": "tests/threats/test_crowds.py::test_200_neighbours_are_refused_nothing",
    "H105": "tests/threats/test_crowds.py::test_256_files_and_400_peers",
}
"""Numbers that need another server than one can configure, with the test that has them."""
MEASURED = {
    "H103": "1,000 subscribers, 50 messages/s",
}
"""Numbers that take a load no test can make, with the row of docs/performance.md that has them."""
SESSION_LIMIT = 20
PAST_MESSAGES = 120
PAST_SENDERS = 12


def number_of(case: Case) -> str:
    found = re.match(r"[A-H]\d+(?=-)", case.id)
    assert found, case.id
    return found[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config: dict[str, dict[str, object]] = {f"room {room}": {} for room in (LOBBY, OTHER, HALL)}
    # Every case brings three people: with a short grace the room does not fill up with absent ones.
    config["rooms"] = {"presence_grace": "1s"}
    config |= {f"room {room}": {"access": "private"} for room in (VAULT, DEN)}
    config |= SITE | OTHER_SITE
    folder = tmp_path_factory.mktemp("server")
    write_key(folder)
    write_key(folder, OTHER_KEY, OTHER_KEY_FILE)
    with ServerProcess(folder, config) as process:
        asyncio.run(_give_a_past(process))
        yield process
        assert " ERROR " not in process.log


async def _give_a_past(server: ServerProcess) -> None:
    """Fill the other room with large messages, more than a page of them."""
    for number in range(PAST_SENDERS):
        async with await ChatClient.enter(RawWebSocket(), server.at, OTHER) as client:
            for _ in range(PAST_MESSAGES // PAST_SENDERS):
                await client.send(OTHER, f"{number} {'x' * 3900}")


@pytest.fixture(scope="module")
def outcomes(server: ServerProcess) -> dict[str, BaseException | None]:
    """Play all slow cases at once and return what each raised."""
    return asyncio.run(_play_at_once(server))


async def _play_at_once(server: ServerProcess) -> dict[str, BaseException | None]:
    async with asyncio.timeout(60), staged(server, work_limit=2 * WORK_LIMIT) as scene:
        raised = await asyncio.gather(*(case.run(scene) for case in SLOW), return_exceptions=True)
    return dict(zip([case.id for case in SLOW], raised, strict=True))


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.id)
@scenario(30)
async def test_bad_input_gets_its_right_answer(case: Case, server: ServerProcess) -> None:
    async with staged(server) as scene:
        await case.run(scene)


@pytest.mark.slow
@pytest.mark.parametrize("case", SLOW, ids=lambda case: case.id)
def test_slow_input_gets_its_right_answer(
    case: Case, outcomes: dict[str, BaseException | None]
) -> None:
    raised = outcomes[case.id]
    if raised is not None:
        raise raised


@pytest.mark.parametrize("limit", ["connections", "connections_per_ip"])
@scenario(30)
async def test_polling_sessions_beyond_the_limit_are_refused(limit: str, tmp_path: Path) -> None:
    """C 39: they count like connections, although a poll that was answered holds none."""
    limits = {"limits": {limit: SESSION_LIMIT}}
    async with (
        ServerProcess(tmp_path, limits) as server,
        await ChatClient.enter(RawWebSocket(), server.at, LOBBY) as witness,
    ):
        statuses = await cases_sessions.open_sessions(server, 2 * SESSION_LIMIT)
        assert set(statuses) == {200, 429}
        assert statuses.count(200) < SESSION_LIMIT
        assert statuses == sorted(statuses)
        await witness.send(LOBBY, "still here")
        assert " ERROR " not in server.log


@scenario(30)
async def test_polling_sessions_that_come_too_fast_are_refused(tmp_path: Path) -> None:
    """C 39: ten times as many at once as may come in a second."""
    limits = {"limits": {"connects_per_ip": 1}}
    async with (
        ServerProcess(tmp_path, limits) as server,
        await ChatClient.enter(RawWebSocket(), server.at, LOBBY) as witness,
    ):
        statuses = await cases_sessions.open_sessions(server, 100)
        assert statuses[:9] == [200] * 9, "the witness was the tenth"
        assert statuses.count(429) > 50
        await witness.send(LOBBY, "still here")


def test_every_number_has_a_case_or_a_reason() -> None:
    every = {f"{letter}{number}" for letter, numbers in NUMBERS.items() for number in numbers}
    played = {number_of(case) for case in [*QUICK, *SLOW]}
    unplayed = set(NOT_YET) | set(ELSEWHERE) | set(MEASURED)
    assert played | unplayed == every
    assert not played & unplayed
    assert set(PARTS_NOT_YET) <= played


def test_ids_differ() -> None:
    ids = [case.id for case in [*QUICK, *SLOW]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_is_proven_elsewhere_is_there(place: str) -> None:
    file, _, name = place.partition("::")
    assert f"def {name}(" in Path(ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("row", MEASURED.values(), ids=MEASURED)
def test_what_is_measured_is_in_the_report(row: str) -> None:
    report = Path(ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert [line for line in report.splitlines() if line.startswith(f"| {row}")]
