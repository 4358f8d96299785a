"""Slices: work that gives the loop back."""

from collections.abc import Callable, Iterator

import pytest

from tornchat.chat import slices


def test_short_work_is_done_at_once() -> None:
    done: list[int] = []
    slices.in_slices(work(done, 5), refuse)
    assert done == [0, 1, 2, 3, 4]


def test_long_work_goes_on_in_later_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", -1.0)
    done: list[int] = []
    turns: list[Callable[[], None]] = []
    slices.in_slices(work(done, 3), turns.append)
    assert done == [0], "one step is always taken"
    while turns:
        turns.pop()()
    assert done == [0, 1, 2]


def work(done: list[int], count: int) -> Iterator[None]:
    for number in range(count):
        done.append(number)
        yield


def refuse(callback: object) -> None:
    raise AssertionError("expected no later turn")
