"""Counting connections: never more than allowed, and none forgotten."""

import logging

import pytest

from tornchat.web.connections import NOBODY, Connections, connection_limit


def test_connections_have_a_limit_in_all() -> None:
    connections = Connections(2, 0)
    assert [connections.enter(name) for name in "abc"] == [True, True, False]
    connections.leave("a")
    assert connections.enter("c")


def test_connections_of_one_place_have_a_limit() -> None:
    connections = Connections(0, 1)
    assert connections.enter("a")
    assert not connections.enter("a")
    assert connections.enter("b")
    connections.leave("a")
    assert connections.enter("a")
    assert connections.total == 2


def test_connection_that_is_refused_is_not_counted() -> None:
    connections = Connections(1, 1)
    connections.enter("a")
    connections.enter("a")
    connections.leave("a")
    assert connections.total == 0
    assert connections.enter("a")


def test_connections_of_nobody_count_in_all_only() -> None:
    connections = Connections(3, 1)
    assert [connections.enter(NOBODY) for _ in range(4)] == [True, True, True, False]


def test_connection_moves_to_whom_it_serves() -> None:
    connections = Connections(0, 1)
    connections.enter(NOBODY)
    connections.enter(NOBODY)
    assert connections.move(NOBODY, "a")
    assert not connections.move(NOBODY, "a")
    assert connections.move("a", "b")
    assert connections.move(NOBODY, "a")
    assert connections.total == 2


def test_connections_that_are_too_many_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    connections = Connections(1, 0)
    for _ in range(100):
        connections.enter("a")
    assert len(caplog.records) == 1
    connections.leave("a")
    connections.enter("a")
    connections.enter("a")
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    ("wanted", "files", "limit"),
    [(0, 1024, 896), (0, 256, 128), (0, 200, 100), (500, 1024, 500), (5000, 1024, 896)],
)
def test_limit_leaves_files_for_the_rest(wanted: int, files: int, limit: int) -> None:
    assert connection_limit(wanted, files) == limit


def test_limit_of_a_place_counts_who_was_there_before_it_was_set() -> None:
    connections = Connections(0, 0)
    connections.enter("a")
    connections.enter("a")
    connections.place_limit = 2
    assert not connections.enter("a")
    connections.leave("a")
    assert connections.enter("a")


def test_limit_that_is_lifted_leaves_no_count_behind() -> None:
    connections = Connections(0, 1)
    connections.enter("a")
    connections.place_limit = 0
    connections.leave("a")
    connections.place_limit = 1
    assert connections.enter("a")
