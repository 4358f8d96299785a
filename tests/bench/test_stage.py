"""Servers and generators as processes: what comes back, and that they end."""

import sys
import time
from contextlib import ExitStack

import pytest

from bench import machine
from bench.contenders import CONTENDERS, Contender, Wire
from bench.process import Child, ChildError
from bench.results import Run
from bench.stage import Actor, Stage

FLOOR = next(one for one in CONTENDERS if one.name == "floor-python")
STOCK = next(one for one in CONTENDERS if one.name == "sockjs-tornado")
TORNCHAT = next(one for one in CONTENDERS if one.name == "tornchat")


def python(code):
    return [sys.executable, "-c", code]


@pytest.fixture(params=["C", "Python"])
def _generator(request, monkeypatch):
    """Run with either generator."""
    if request.param == "C" and not machine.compiled("load"):
        pytest.skip("there is no C compiler")
    if request.param == "Python":
        monkeypatch.setattr(machine, "compiled", lambda name: None)


@pytest.mark.usefixtures("_generator")
@pytest.mark.parametrize("contender", [FLOOR, STOCK, TORNCHAT], ids=lambda one: one.name)
def test_every_delivery_is_counted(contender):
    with Stage([contender], 5) as stage:
        (actor,) = stage.actors
        for work in ({"window": 1}, {"window": 16, "least": 40}, {"rate": 50.0}):
            run = actor.run(seconds=0.2, **work)
            assert actor.broken == ""
            assert run.per_second > 0
            assert 0 < run.p50_ms <= run.p99_ms < 5000


@pytest.mark.usefixtures("_generator")
@pytest.mark.parametrize("manner", ["pieces", "pings"])
def test_generator_bears_an_awkward_server(manner, monkeypatch):
    monkeypatch.setattr("bench.stage.CONNECT_SECONDS", 10.0)
    command = [sys.executable, "-m", "tests.bench.awkward", manner]
    with Stage([Contender("x", "x", FLOOR.wire, lambda folder: command)], 2) as stage:
        run = stage.actors[0].run(window=1, seconds=0.01, least=5)
        assert stage.actors[0].broken == ""
    assert run.per_second > 0


@pytest.mark.usefixtures("_generator")
def test_rate_is_kept():
    with Stage([FLOOR], 3) as stage:
        run = stage.actors[0].run(rate=100, seconds=0.5)
    assert run.per_second == pytest.approx(3 * 100, rel=0.3)


def test_commit_groups_of_tornchat_can_be_read():
    with Stage([TORNCHAT], 2) as stage:
        stage.actors[0].run(window=4, seconds=0.1, least=8)
        assert stage.actors[0].metrics()["tornchat_commit_group_size_sum"] >= 8


def test_connections_are_measured():
    with Stage([TORNCHAT], 5) as stage:
        (found,) = stage.connections
    assert (found.peer, found.subscribers) == ("tornchat", 5)
    assert found.per_second > 0 and found.held_ms > 0


def test_missing_deliveries_break_an_actor(monkeypatch):
    monkeypatch.setattr("bench.stage.RUN_SECONDS", 0.3)
    with ExitStack() as stack:
        actor = Actor(FLOOR, 2, stack)
        actor.start()
        actor.server.__exit__()
        assert actor.run(window=1, seconds=0.1) == Run()
        assert actor.broken
        assert actor.run(window=1, seconds=0.1) == Run()


def test_contender_that_cannot_run_is_skipped_with_its_reason():
    absent = Contender("absent", "absent", Wire("/", "%M"), lambda folder: None, "a moon")
    with Stage([absent], 2) as stage:
        assert stage.actors == []
        assert stage.skipped == {"absent": "needs a moon"}


def test_contender_that_dies_is_skipped_with_its_last_words():
    dying = Contender("x", "x", Wire("/", "%M"), lambda folder: python("raise SystemExit('no')"))
    with Stage([dying], 2) as stage:
        assert stage.skipped == {"x": "exit code 1: no"}


def test_child_that_says_nothing_is_given_up(tmp_path):
    silent = Child(python("input()"), core=None, folder=tmp_path)
    with silent, pytest.raises(ChildError, match="no answer in 0 s"):
        silent.line(0.05)


def test_child_answers_in_lines(tmp_path):
    code = "print('one\\ntwo', flush=True); print(input(), flush=True)"
    with Child(python(code), core=None, folder=tmp_path) as child:
        assert [child.line(10), child.line(10)] == ["one", "two"]
        child.say("three")
        assert child.line(10) == "three"


def test_child_that_ignores_the_polite_end_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.process.STOP_SECONDS", 0.1)
    code = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    )
    start = time.monotonic()
    with Child(python(code), core=None, folder=tmp_path) as child:
        child.line(10)
    assert time.monotonic() - start < 30
