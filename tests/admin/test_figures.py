"""Figures: what lies between two looks, how long it is kept, and the newest lines of the log."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.admin.office import Office, scenario
from tests.admin.operator import Operator
from tornchat.admin.actor import Actor
from tornchat.admin.errorlog import KEPT, LONGEST, ErrorLog
from tornchat.admin.figures import COARSE_KEPT, COARSE_LOOKS, FINE_KEPT, FINE_LOOKS, resident
from tornchat.admin.readings import quantile
from tornchat.errors import BadRequest, NotFound

BOUNDS = (0.001, 0.01, 0.1)


# ── quantiles ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("counts", "part", "found"),
    [
        ((0, 0, 0, 0), 0.5, None),
        ((), 0.5, None),
        ((2, 0, 0, 0), 0.5, 0.5),
        ((4, 0, 0, 0), 1.0, 1.0),
        ((0, 10, 0, 0), 0.5, 5.5),
        ((98, 1, 1, 0), 0.99, 10.0),
        ((1, 0, 1, 0), 0.99, 98.2),
        ((0, 0, 0, 3), 0.5, 100.0),
    ],
)
def test_quantile_lies_within_its_bucket(counts: Any, part: float, found: float | None) -> None:
    assert quantile(BOUNDS, counts, part) == found


# ── samples ─────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_now_is_what_happened_in_ten_seconds(office: Office) -> None:
    machine = office.machine
    machine.metrics.messages += 1000
    machine.metrics.committed(1, 4.0)
    machine.look(FINE_LOOKS)
    machine.metrics.connections = lambda: {"websocket": 3, "xhr": 1}
    machine.metrics.messages += 7
    machine.metrics.committed(7, 0.0015)
    machine.metrics.delay(0.15)
    machine.sampler.late(0.2)
    machine.sampler.late(0.1)
    machine.look(FINE_LOOKS - 1)
    now = (await office.administration.figures()).now
    assert (now.connections, now.messages) == ({"websocket": 3, "xhr": 1}, 42.0)
    assert 1 < now.commit_p50 < 2
    assert 100 < now.delivery_p99 <= 200
    assert now.lag == 200.0
    assert now.database == (machine.folder / "tornchat.db").stat().st_size > 0
    assert now.memory > 1_000_000
    machine.look(FINE_LOOKS + 1)
    later = (await office.administration.figures()).now
    assert (later.messages, later.commit_p50, later.delivery_p99, later.lag) == (0, None, None, 0)


@scenario()
async def test_hour_and_day_are_kept_and_no_more(office: Office) -> None:
    machine, figures = office.machine, office.administration.figures
    assert (await figures("hour")).samples == []
    machine.look(FINE_LOOKS - 1)
    assert (await figures("hour")).samples == []
    machine.look()
    assert len((await figures("hour")).samples) == 1
    assert (await figures()).samples == (await figures("day")).samples == []
    machine.look(FINE_LOOKS * FINE_KEPT)
    assert len((await figures("hour")).samples) == FINE_KEPT
    machine.look(COARSE_LOOKS * (COARSE_KEPT + 1))
    assert len((await figures("day")).samples) == COARSE_KEPT


@scenario()
async def test_coarse_sample_holds_all_of_its_five_minutes(office: Office) -> None:
    machine = office.machine
    machine.sampler.late(0.7)
    machine.metrics.messages += 50
    machine.look(COARSE_LOOKS)
    machine.look(COARSE_LOOKS)
    first, second = (await office.administration.figures("day")).samples
    assert (first.messages, first.lag) == (10.0, 700.0)
    assert (second.messages, second.lag) == (0, 0)


@scenario()
async def test_span_that_is_none_is_refused_and_moderators_find_nothing(office: Office) -> None:
    with pytest.raises(BadRequest, match="span"):
        await office.administration.figures("week")
    bob = Operator(office.verbs, Actor("bob", "moderator", "", frozenset({"den"})))
    with pytest.raises(NotFound):
        await bob.figures()


def test_memory_of_this_process_is_known() -> None:
    block = bytearray(50_000_000)
    block[::4096] = b"x" * len(block[::4096])
    with_block = resident()
    del block
    assert resident() < with_block - 40_000_000


# ── the newest errors ───────────────────────────────────────────────────────────────────────────

log = logging.getLogger("tornchat.test")


@pytest.fixture
def errors() -> Iterator[ErrorLog]:
    found = ErrorLog()
    found.start()
    found.start()  # as after each reload
    yield found
    found.stop()
    log.error("after the stop")
    assert "after the stop" not in [line.text for line in found.lines()]


def test_warnings_and_errors_are_kept_newest_first(errors: ErrorLog) -> None:
    log.info("nothing")
    log.warning("look at %s", "that\n")
    try:
        raise ZeroDivisionError("secret detail")
    except ZeroDivisionError:
        log.exception("failed")
    shown = [(line.level, line.source, line.text) for line in errors.lines()]
    assert shown == [
        ("error", "test", "failed (ZeroDivisionError)"),
        ("warning", "test", "look at that\\n"),
    ]


def test_line_that_comes_again_is_counted(errors: ErrorLog) -> None:
    for _ in range(3):
        log.warning("again")
    log.warning("other")
    assert [(line.text, line.count) for line in errors.lines()] == [("other", 1), ("again", 3)]


def test_lines_are_bounded_in_number_and_length(errors: ErrorLog) -> None:
    for number in range(KEPT + 9):
        log.warning("%d %s", number, "x" * 5000)
    assert len(errors.lines()) == KEPT
    assert errors.lines()[0].text.startswith(f"{KEPT + 8} ")
    assert max(len(line.text) for line in errors.lines()) == LONGEST


def test_line_that_cannot_be_written_harms_nobody(
    errors: ErrorLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    errors.handle(logging.LogRecord("x", logging.ERROR, "", 1, "%d", ("no number",), None))
    assert errors.lines() == []


def test_figures_are_of_the_database_that_is_there(tmp_path: Path) -> None:
    @scenario()
    async def body(office: Office) -> None:
        office.machine.folder.joinpath("tornchat.db").rename(tmp_path / "elsewhere")
        office.machine.look(FINE_LOOKS + 1)
        assert (await office.administration.figures()).now.database == 0
        (tmp_path / "elsewhere").rename(office.machine.folder / "tornchat.db")

    body(tmp_path)
