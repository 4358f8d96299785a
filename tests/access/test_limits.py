"""Buckets and strikes, on a clock that stands still until it is moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import thorough
from tornchat.access.limits import Bucket, Buckets, Strikes


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


def test_buckets_are_one_for_each_key() -> None:
    buckets = Buckets(5, 2, Clock())
    assert [buckets.take("ann") for _ in range(3)] == [0.0, 0.0, pytest.approx(0.2)]
    assert buckets.take("bob") == 0.0


def test_buckets_of_rate_0_have_no_limit_and_keep_nothing() -> None:
    buckets = Buckets(0, 1, Clock())
    assert not any(buckets.take(n % 10) for n in range(1000))
    assert len(buckets) == 0


def test_buckets_that_are_full_are_forgotten_when_there_are_many() -> None:
    clock = Clock()
    buckets = Buckets(1, 2, clock, capacity=100)
    for key in range(100):
        buckets.take(key)
    clock.now += 1
    assert buckets.take("ann") == 0.0
    assert len(buckets) == 1


def test_buckets_in_use_are_bounded_and_the_latest_stay() -> None:
    buckets = Buckets(1, 1, Clock(), capacity=100)
    for key in range(10_000):
        buckets.take(key)
        assert len(buckets) <= 100
    assert buckets.take(9_999) > 0
    assert buckets.take(0) == 0.0


@thorough
@given(
    st.integers(1, 50),
    st.integers(0, 20),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 64)), max_size=60),
)
def test_buckets_do_what_a_bucket_for_each_key_would(
    rate: int, burst: int, steps: list[tuple[str, int]]
) -> None:
    clock = Clock()
    buckets = Buckets(rate, burst, clock)
    each = {key: Bucket(rate, burst, clock) for key in "ab"}
    for key, passed in steps:
        clock.now += passed / (64 * rate) * 1.001  # no moment at which both are in doubt
        assert buckets.take(key) == pytest.approx(each[key].take(), abs=1e-6)


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
