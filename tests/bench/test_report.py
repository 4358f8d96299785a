"""The document says what was measured: met goals, missed ones, and what is absent."""

import re
from xml.etree import ElementTree

import pytest

from bench import report
from bench.chart import Bar, Panel, svg
from bench.claims import claims
from bench.results import Flood, Run
from bench.table import aligned, amount, times
from tests.bench.figures import results, rounds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (0.123, "0.12"),
        (4.04, "4"),
        (17.26, "17.3"),
        (123.4, "123"),
        (2160, "2.16k"),
        (216_400, "216k"),
        (3_093_000, "3.09M"),
    ],
)
def test_amount_has_digits_that_mean_something(value, expected):
    assert amount(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "–"), (0.654, "0.65×"), (3.21, "3.2×"), (30.6, "31×")]
)
def test_times_is_short(value, expected):
    assert times(value) == expected


def test_aligned_puts_numbers_to_the_right():
    assert aligned([["", "n"], ["ab", "10"], ["c", "5"]]) == "     n\nab  10\nc    5"


def verdicts(found):
    return [claim.met for claim in claims(found)]


def test_claims_are_met_by_good_figures():
    assert {*verdicts(results())} == {True}


def test_claim_is_missed_by_slow_fan_out():
    slow = results()
    slow.find("tornchat", 1000, window=1).runs = rounds(100e3, 50e3, 150e3)
    missed = [claim for claim in claims(slow) if not claim.met]
    assert [claim.measured for claim in missed] == ["0.50×", "1.11×"]


def test_claim_about_a_flood_goes_by_pairs():
    quiet = [*rounds(1e3, p99=2.0), *rounds(1e3, p99=9.0), *rounds(1e3, p99=2.0)]
    flood = Flood(20, 50.0, quiet=quiet, beside=rounds(1e3, 1e3, 1e3, p99=2.6))
    missed = [claim for claim in claims(results(flood=flood)) if not claim.met]
    assert [(claim.measured, claim.goal) for claim in missed] == [("1.30×", "≤ 1.20×")]


def test_claim_without_figures_is_not_met():
    assert {*verdicts(results(series=[], connections=[], flood=None))} == {None}


def test_claim_about_crowds_takes_the_longest_answer():
    crowd = results()
    held = results().find("tornchat", 1000, window=1)
    held.subscribers, held.held_ms = 15_000, 140.0
    crowd.series.append(held)
    assert [claim.measured for claim in claims(crowd) if claim.met is False] == ["140"]


def test_document_names_no_machine_and_no_path():
    text = report.document(results())
    assert not re.search(r"/(work|root|home|tmp)/", text)


def test_document_tells_missed_goals():
    slow = results()
    slow.find("tornchat", 1000, window=64).runs = rounds(1e6, p50=17.0)
    assert "| 10× | ≥ 20× | **no** |" in report.document(slow)


def test_document_tells_where_tornchat_loses():
    slow = results()
    slow.find("tornchat", 100, rate=400).runs = [Run(40e3, 0.8, 3.5)]
    text = report.document(slow)
    assert "- 100 subscribers, 400 messages/s: p50 0.8 ms, sockjs-node 0.5 ms" in text
    assert "- 100 subscribers, 400 messages/s: p99 3.5 ms, sockjs-node 2.9 ms" in text


def test_document_tells_who_is_absent():
    text = report.document(results(skipped={"socket.io": "needs Node and npm"}))
    assert "socket.io 4.8.4: needs Node and npm" in text


def test_document_without_any_figures_can_be_written():
    text = report.document(results(series=[], connections=[], machine={}))
    assert "Not measured in this run." in text


def test_written_document_shows_its_chart(tmp_path):
    report.write(results(), tmp_path)
    assert "(performance.svg)" in (tmp_path / "performance.md").read_text()
    root = ElementTree.parse(tmp_path / "performance.svg").getroot()
    assert root.get("width") == "720"


def bars(document):
    root = ElementTree.fromstring(document)
    found = root.iter("{http://www.w3.org/2000/svg}rect")
    return [float(rect.get("width")) for rect in found if "bar" in rect.get("class")]


def test_chart_draws_bars_to_scale():
    drawn = bars(svg("", [Panel("", "", [Bar("a", 10.0), Bar("b", 5.0), Bar("c", None)])]))
    assert drawn[1] == pytest.approx(drawn[0] / 2, abs=0.1)
    assert drawn[2] == 1.0


def test_chart_escapes_what_it_shows():
    text = svg("<&>", [Panel("<&>", "", [Bar("<&>", 1.0)])])
    assert ElementTree.fromstring(text).tag.endswith("svg")


def test_chart_has_colours_for_dark():
    assert "prefers-color-scheme: dark" in svg("", [])
