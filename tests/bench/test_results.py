"""Results find what is asked for, and are the same after a trip through a file."""

import pytest

from bench.results import Run, load
from tests.bench.figures import results


def test_results_are_the_same_after_saving(tmp_path):
    path = tmp_path / "results" / "latest.json"
    results().save(path)
    assert load(path) == results()


def test_ratio_is_paired_by_round():
    assert results().ratio("tornchat", "floor-c", 1000, 1) == pytest.approx(0.8)


def test_ratio_to_who_is_absent_is_none():
    assert results().ratio("tornchat", "socket.io", 1000, 1) is None


def test_series_gives_medians_of_its_rounds():
    assert results().find("floor-c", 1000, window=1).per_second == 200e3


def test_series_of_failed_rounds_has_no_figure():
    found = results().find("floor-c", 1000, window=1)
    found.runs = [Run()]
    assert (found.per_second, found.p50_ms, found.p99_ms) == (None, None, None)


def test_group_size_is_the_mean():
    assert results().find("tornchat", 1000, window=64).group_size == 32


def test_find_tells_window_from_rate():
    assert results().find("tornchat", 100, window=400) is None
    assert results().find("tornchat", 100, rate=400) is not None
