"""docs/embedding.md has a row for each claim about the widget, with tests that are there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "embedding.md").read_text("utf-8")
THOROUGH = "pytest.mark.thorough"
CLAIMS = (
    "weight", "bubble", "inline, read only, full", "several", "strict policy",
    "third-party cookies",
    "no storage", "sandbox with its origin", "swapped body", "100 times", "style sheets",
    "not listed", "sandbox without an origin", "who may speak", "token that ends",
    "restart of the server with 50", "phones", "axe",
)  # fmt: skip
LATER = ("restart of the server with 50",)
"""What only `make thorough` shows."""


def rows() -> dict[str, list[list[str]]]:
    """Return the table: each claim → the tests of `make test`, those of `make thorough`."""
    part = DOCUMENT.partition("## What has been shown\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (?!-|claim)(.+?) \|(.*?)\|(.*?)\|$", part, re.M)
    return {claim: [re.findall(r"`(test_\w+)`", cell) for cell in cells] for claim, *cells in found}


def marked(node: ast.stmt, mark: str) -> bool:
    """Whether all of a test, or what is set for a module, has a mark."""
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
        return mark in ast.unparse(node.value)
    found = getattr(node, "decorator_list", [])
    return any(ast.unparse(each).startswith(mark) for each in found)


def found_tests() -> Iterator[tuple[str, bool]]:
    """Yield the names of the tests in a browser, and whether only `make thorough` runs them."""
    for path in (ROOT / "tests/e2e").glob("test_browser_*.py"):
        body = ast.parse(path.read_text("utf-8")).body
        whole = any(marked(node, THOROUGH) for node in body if isinstance(node, ast.Assign))
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, whole or marked(node, THOROUGH)


def test_each_claim_has_one_row() -> None:
    claims = list(rows())
    assert len(claims) == len(CLAIMS)
    for claim, words in zip(claims, CLAIMS, strict=True):
        assert words in claim


def test_each_row_names_tests_that_are_there_and_run() -> None:
    there = dict(found_tests())
    assert len(there) > 100
    for claim, (daily, thorough) in rows().items():
        assert [name for name in daily + thorough if name not in there] == [], claim
        assert [name for name in daily if there[name]] == [], f"{claim}: not by `make test`"
        assert daily or (thorough and any(words in claim for words in LATER)), claim
