"""docs/admin.md has a row for each thing that those in charge do, with tests that are there."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tornchat import admin
from tornchat.admin.verbs import verbs_of
from tornchat.chat.slash.table import KINDS
from tornchat.web.admin.roomform import FIELDS

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "admin.md").read_text()
TEST = re.compile(r"`(test_\w+)`")
ASKED = re.compile(r'perform\(\s*"(\w+)"')


def rows(heading: str) -> dict[str, list[str]]:
    """Return the table below a heading: what the first column says → the tests of its row."""
    part = DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (?!-)(.+?) \|(.*)$", part, re.M)[1:]
    assert len({first for first, _ in found}) == len(found), "a row twice"
    return {first.strip("`/"): TEST.findall(rest) for first, rest in found}


def verbs() -> set[str]:
    """Return the names of all verbs of all sections."""
    names = [module.name for module in pkgutil.iter_modules(admin.__path__, "tornchat.admin.")]
    sections = [
        section
        for name in names
        for _, section in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if section.__module__ == name
    ]
    return {verb.name for section in sections for verb in verbs_of(object.__new__(section))}


def found_tests(pattern: str) -> Iterator[tuple[str, bool]]:
    """Yield the names of the tests in modules of that name, and whether they get browsers."""
    for module in (ROOT / "tests").rglob(pattern):
        found = re.findall(
            r"^(?:async )?def (test_\w+)\(([^)]*)\)", module.read_text("utf-8"), re.M
        )
        for name, fixtures in found:
            yield name, "people: People" in fixtures


PAGE, LINE = rows("Verbs that the page asks for"), rows("Verbs of the command line alone")
IN_BROWSERS = {name for name, browser in found_tests("e2e/test_browser_*.py") if browser}


def test_each_verb_has_one_row() -> None:
    assert len(PAGE) > 40
    assert sorted([*PAGE, *LINE]) == sorted(verbs())


def test_verbs_of_the_command_line_alone_are_asked_for_by_no_page() -> None:
    pages = [page.read_text("utf-8") for page in (ROOT / "tornchat/web/admin").glob("*.py")]
    asked = {verb for page in pages for verb in ASKED.findall(page)}
    assert not asked & set(LINE)
    assert {verb for verb in PAGE if not any(f'"{verb}"' in page for page in pages)} == set()
    on_the_line = {name for name, _ in found_tests("cli/test_*.py")}
    assert all(LINE.values()), "a row without a test"
    assert {test for named in LINE.values() for test in named} <= on_the_line


def test_each_setting_of_a_room_and_each_slash_command_has_one_row() -> None:
    assert list(rows("Settings of a room")) == list(FIELDS)
    assert sorted(rows("Slash commands")) == sorted(kind.name for kind in KINDS)


@pytest.mark.parametrize(
    "heading",
    [
        "Verbs that the page asks for",
        "Settings of a room",
        "Slash commands",
        "What else the page does",
    ],
)
def test_each_row_names_tests_in_a_browser_that_are_there(heading: str) -> None:
    found = rows(heading)
    missing = {row: [t for t in named if t not in IN_BROWSERS] for row, named in found.items()}
    assert all(found.values()), "a row without a test"
    assert {row: tests for row, tests in missing.items() if tests} == {}
