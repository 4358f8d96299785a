"""The arithmetic of the figures."""

import pytest

from bench import stats


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.51, 51), (0.99, 99), (1.0, 100)]
)
def test_percentile_of_a_hundred(share, expected):
    assert stats.percentile(range(1, 101), share) == expected


def test_percentile_of_one_is_it():
    assert stats.percentile([5], 0.99) == 5


def test_middle_leaves_out_failed_rounds():
    assert stats.middle([3.0, None, 1.0, 2.0]) == 2.0


def test_middle_of_failures_is_none():
    assert stats.middle([None, None]) is None


def test_paired_ratio_pairs_rounds():
    """Rounds in which the machine was slow for both do not change it."""
    assert stats.paired_ratio([2.0, 20.0, 200.0], [1.0, 10.0, 100.0]) == 2.0


def test_paired_ratio_leaves_out_rounds_that_lack_one():
    assert stats.paired_ratio([2.0, None, 9.0], [1.0, 1.0, None]) == 2.0


def test_paired_ratio_without_pairs_is_none():
    assert stats.paired_ratio([], [1.0]) is None


def test_spread_is_a_share_of_the_median():
    assert stats.spread([9.0, 10.0, 12.0, None]) == pytest.approx(0.3)


def test_increased_adds_what_counters_gained():
    assert stats.increased({"sum": 5}, {"sum": 100}, {"sum": 110}) == {"sum": 15}


def test_increased_starts_from_nothing():
    assert stats.increased({}, {"sum": 100}, {"sum": 110}) == {"sum": 10}


def test_longest_of_a_histogram_is_the_bound_that_all_new_ones_kept():
    before = {0.01: 5, 0.1: 6, 1.0: 7, float("inf"): 7}
    after = {0.01: 8, 0.1: 10, 1.0: 11, float("inf"): 11}
    assert stats.longest_ms(before, after) == pytest.approx(100)
    assert stats.longest_ms(before, before) == pytest.approx(10), "nothing is at most anything"
    assert stats.longest_ms({}, {}) is None
