"""docs/security.md names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| [\d.–]+ .*$", re.M)


def test_every_row_of_the_table_is_proven_by_tests_that_are_there() -> None:
    there = set()
    for module in (ROOT / "tests").rglob("test_*.py"):
        there |= set(re.findall(r"^(?:async )?def (test_\w+)", module.read_text(), re.M))
    rows = ROW.findall(DOCUMENT)
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert len(rows) > 20
    assert all(named), "a row without a test"
    assert {test for row in named for test in row} <= there
