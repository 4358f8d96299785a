"""docs/embedding.md says what the widget does: its attributes, methods and events."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tornchat.web import static
from tornchat.web.tag import ATTRIBUTES, Option

DOCUMENT = (Path(__file__).parent.parent / "docs" / "embedding.md").read_text("utf-8")
WIDGET = static.packaged().joinpath("widget")
OF_THE_SERVER = {"data-token", "data-nonce"}
"""Those that a back end writes, which the page that builds tags cannot know."""
EXAMPLES = {
    "offset": ["20 24", "0"],
    "z-index": ["-1", "10"],
    "notify": ["title", "title sound desktop", "desktop"],
}
CHECK = """
import { text } from "node:stream/consumers";
import { checked } from "WIDGET/options.js";
const warnings = [];
console.warn = (words) => warnings.push(words);
const taken = JSON.parse(await text(process.stdin)).map(checked);
console.log(JSON.stringify([checked({ room: "lobby" }), warnings, taken]));
"""


def rows(head: str) -> list[list[str]]:
    """Return the cells of the table whose first row begins so."""
    table = DOCUMENT.partition(f"\n| {head} |")[2].partition("\n\n")[0]
    assert table, f"there is no table of {head}"
    return [re.split(r" *\| *", line.strip("|").strip()) for line in table.splitlines()[2:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def camel(name: str) -> str:
    return re.sub(r"-(\w)", lambda found: found[1].upper(), name)


def script(name: str) -> str:
    return WIDGET.joinpath(name).read_text("utf-8")


def test_attributes_are_those_of_the_tag() -> None:
    documented = {words(name)[0]: default for name, _, default, *_ in rows("attribute")}
    built = {f"data-{option.name}": option for option in ATTRIBUTES}
    assert set(documented) == {"data-room", *built, *OF_THE_SERVER}
    for name, option in built.items():
        found = words(documented[name])
        assert found == ([option.default] if option.default else []), name


@pytest.mark.parametrize("option", ATTRIBUTES, ids=lambda option: option.name)
def test_values_are_those_of_the_tag(option: Option) -> None:
    documented = {words(row[0])[0]: words(row[1]) for row in rows("attribute")}
    values = documented[f"data-{option.name}"]
    assert [value for value in values if not option.pattern.fullmatch(value)] == []
    if option.expected.startswith("one of "):
        assert values == option.expected.removeprefix("one of ").split(", ")


@pytest.mark.node
def test_widget_takes_what_the_tag_may_have(node: str) -> None:
    """Each choice and each default, without a word in the console."""
    given = [{"room": "lobby", **{camel(o.name): o.default for o in ATTRIBUTES if o.default}}]
    for option in ATTRIBUTES:
        choices = option.expected.removeprefix("one of ").split(", ")
        values = choices if option.default in choices else EXAMPLES.get(option.name, [])
        given += [{"room": "lobby", camel(option.name): value} for value in values]
    done = subprocess.run(
        [node, "--input-type=module", "--eval", CHECK.replace("WIDGET", str(WIDGET))],
        input=json.dumps(given), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    usual, warnings, taken = json.loads(done.stdout)
    assert warnings == []
    assert len(given) > 20
    for asked, got in zip(given, taken, strict=True):
        assert got == usual | asked
    for option in ATTRIBUTES:
        assert usual.get(camel(option.name), "") == option.default, option.name


def test_methods_are_there() -> None:
    source = script("handle.js")
    methods = set(re.findall(r"^  (?:async )?([a-z]\w*)\(", source, re.MULTILINE))
    documented = {name for row in rows("method of a chat") for name in words(row[0])}
    called = {name.partition("(")[0] for name in documented if "(" in name}
    assert called == methods - {"constructor", "begin"}
    fields = {name for name in documented if "(" not in name}
    assert all(re.search(rf"^  {name} =|this\.{name} =", source, re.MULTILINE) for name in fields)


def test_events_are_told() -> None:
    documented = {name for row in rows("event") for name in words(row[0])}
    assert documented == {
        "ready", "open", "close", "state", "message", "unread", "presence", "error", "destroy",
    }  # fmt: skip
