"""Buckets and strikes, on a clock that stands still until it is moved."""

import pytest

from tornchat.access.limits import Bucket, Strikes


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_bucket_lets_a_burst_through_and_then_says_how_long_to_wait() -> None:
    bucket = Bucket(5, 10, Clock())
    assert [bucket.take() for _ in range(10)] == [0.0] * 10
    assert bucket.take() == pytest.approx(0.2)


def test_bucket_passes_again_after_the_wait_it_named() -> None:
    clock = Clock()
    bucket = Bucket(5, 1, clock)
    bucket.take()
    clock.now += bucket.take() + 1e-6
    assert bucket.take() == 0.0


def test_bucket_never_holds_more_than_its_burst() -> None:
    clock = Clock()
    bucket = Bucket(5, 3, clock)
    clock.now += 3600
    assert [bucket.take() == 0.0 for _ in range(4)] == [True, True, True, False]


def test_bucket_of_rate_0_has_no_limit() -> None:
    bucket = Bucket(0, 1, Clock())
    assert not any(bucket.take() for _ in range(1000))


def test_bucket_of_burst_0_still_passes_one() -> None:
    assert Bucket(5, 0, Clock()).take() == 0.0


def test_strikes_are_too_many_within_the_window() -> None:
    clock = Clock()
    strikes = Strikes(20, 60.0, clock)
    found = []
    for _ in range(20):
        clock.now += 3
        found.append(strikes.strike())
    assert found == [False] * 19 + [True]


def test_strikes_are_forgotten_after_the_window() -> None:
    clock = Clock()
    strikes = Strikes(20, 60.0, clock)
    for _ in range(100):
        clock.now += 4
        assert not strikes.strike()
