"""Charts: paths, scales and numbers in words."""

import pytest

from tornchat.web.admin import charts
from tornchat.web.admin.charts import Box, chart, nice_top, spark, thinned

BOX = Box(100, 10, 5.0, 5)


def test_line_ends_at_the_right_and_is_broken_where_nothing_is_known() -> None:
    assert BOX.line([0, 5, 2.5]) == "M50 10L75 0L100 5"
    assert BOX.line([1, None, 5, 5, None]) == "M0 8M50 0L75 0"
    assert BOX.line([]) == BOX.line([None, None]) == ""


def test_value_above_the_scale_stays_inside() -> None:
    assert BOX.line([50]) == "M100 0"


def test_area_is_closed_along_the_bottom_of_each_stretch() -> None:
    assert BOX.area([0, 5]) == "M75 10L100 0L100 10L75 10Z"
    assert BOX.area([1, None, 5]) == "M50 8L50 10L50 10ZM100 0L100 10L100 10Z"


@pytest.mark.parametrize(
    ("value", "least", "top"),
    [(0, 1, 1), (3, 10, 10), (10, 10, 10), (11, 10, 20), (49, 1, 50), (51, 1, 100),
     (0.03, 0.01, 0.05), (1000, 1, 1000), (1234567, 1, 2e6)],
)  # fmt: skip
def test_top_of_a_scale_is_round(value: float, least: float, top: float) -> None:
    assert nice_top(value, least) == pytest.approx(top)


def test_no_peak_is_lost_where_points_are_few() -> None:
    assert thinned([1, 9, 2, None, None, 4], 2) == [9, 2, 4]
    assert thinned([None, None, 3], 2) == [None, 3]
    drawn = chart("c", "C", [("", [0] * 359 + [50])], slots=360, words=charts.count)
    assert drawn.series[0].line.endswith("L600 0")
    assert drawn.series[0].line.count(" ") == charts.POINTS


def test_chart_says_in_words_what_it_shows() -> None:
    values = [("p50", [1.0, None, 4.0]), ("p99", [2.0, 3.0, None])]
    found = chart("delay", "Delay", values, slots=360, words=charts.delay, least=10)
    assert found.scale == ("10 ms", "5 ms", "0 ms")
    assert [(s.label, s.now) for s in found.series] == [("p50", "4 ms"), ("p99", "–")]
    assert found.summary == "Delay: p50 4 ms, p99 – now"


def test_chart_and_spark_of_nothing_are_empty() -> None:
    assert chart("c", "C", [("", [])], slots=360, words=charts.count).series[0].line == ""
    assert spark([], slots=360).line == spark([None], slots=360).area == ""


@pytest.mark.parametrize(
    ("words", "value", "text"),
    [
        (charts.count, 0, "0"),
        (charts.count, 1234.4, "1,234"),
        (charts.count, 0.5, "0.5"),
        (charts.delay, 0, "0 ms"),
        (charts.delay, 0.42, "0.42 ms"),
        (charts.delay, 31.4, "31 ms"),
        (charts.delay, 1250, "1.25 s"),
        (charts.size, 0, "0 B"),
        (charts.size, 999, "999 B"),
        (charts.size, 1500, "1.5 kB"),
        (charts.size, 99_600, "100 kB"),
        (charts.size, 999_700, "1 MB"),
        (charts.size, 84_000_000, "84 MB"),
        (charts.size, 1_234_000_000, "1.23 GB"),
    ],
)
def test_number_in_words(words: charts.Words, value: float, text: str) -> None:
    assert words(value) == text
