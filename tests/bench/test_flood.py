"""The flooder floods, and the people beside it are measured."""

from bench.flood import flooded


def test_people_are_measured_without_and_beside_a_flood():
    found = flooded(pairs=2, seconds=0.5)
    assert len(found.quiet) == len(found.beside) == 2
    assert all(run.p99_ms for run in (*found.quiet, *found.beside))
    assert found.sent > 200  # more than the 10 that a newcomer may send, time and again
    assert found.ratio > 0
