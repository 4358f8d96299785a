"""The decoder, given anything: a command, or one of the refusals of PROTOCOL."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.properties import thorough
from tornchat.errors import BadJson, BadRequest, UnknownType
from tornchat.protocol import correlation, decode_command, decode_data
from tornchat.protocol.commands import Command

TYPES = [cls.__struct_config__.tag for cls in Command.__subclasses__()]
TEXT = st.text(st.characters(), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 1, 2**53 - 1, 2**53, 2**63, 10**400])
    | st.floats()
    | TEXT
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["room", "text", "client_id", "ref", "since", "epoch", "limit", "before", "after", "around",
     "at", "view", "target", "seq", "kind", "data", "on", "name", "token", "protocol", "reply_to",
     "emoji", "__proto__"]
)  # fmt: skip
COMMANDS = st.builds(
    lambda kind, fields: {"type": kind, **fields},
    st.sampled_from(TYPES) | JSON,
    st.dictionaries(FIELDS, st.sampled_from(["lobby", 1, True, "a"]) | JSON, max_size=9),
)


def decoded(text: str) -> Command | None:
    """Return the command; None where it is refused as PROTOCOL says."""
    try:
        return decode_command(text)
    except (BadJson, BadRequest, UnknownType):
        return None


@thorough
@given(st.text(st.characters()) | JSON.map(json.dumps))
@example("[" * 100_000)
@example('{"type":"ping"' + ',"a":{}' * 5000 + "}")
def test_no_text_breaks_the_decoder(text: str) -> None:
    assert isinstance(decoded(text), Command | None)
    correlation(text)


@thorough
@given(COMMANDS)
def test_no_fields_break_the_decoder(fields: dict[str, Any]) -> None:
    text = json.dumps(fields, ensure_ascii=False)
    command = decoded(text)
    assert command is None or command.__struct_config__.tag == fields["type"]
    correlation(text)


@thorough
@given(COMMANDS.map(json.dumps), st.data())
def test_no_damage_breaks_the_decoder(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    damaged = text[:start] + data.draw(TEXT) + text[end:]
    assert isinstance(decoded(damaged), Command | None)
    correlation(damaged)


@thorough
@given(JSON)
def test_no_data_breaks_the_decoder(value: object) -> None:
    with suppress(BadRequest):
        json.dumps(decode_data(json.dumps(value).encode()))
