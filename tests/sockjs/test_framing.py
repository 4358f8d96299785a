"""SockJS frames: what is escaped, and what counts as an array of strings."""

import json

import pytest

from tornchat.sockjs.framing import (
    array_frame,
    close_frame,
    decode_messages,
    wrap_messages,
    wrap_raw,
    wrap_websocket,
)


def test_wrapped_texts_are_one_array_frame() -> None:
    assert wrap_websocket(['{"a":1}', "b"]) == b'\x81\x12a["{\\"a\\":1}","b"]'
    assert array_frame([wrap_messages(["a", "b"]), wrap_messages(["c"])]) == b'a["a","b","c"]'


def test_raw_text_goes_as_it_is_and_several_as_an_array() -> None:
    assert wrap_raw(['{"a":1}']) == b'\x81\x07{"a":1}'
    assert wrap_raw(['{"a":1}', "2"]) == b'\x81\x0b[{"a":1},2]'


def test_what_browsers_mangle_is_escaped_and_the_rest_is_utf8() -> None:
    mangled = "".join(
        map(chr, [*range(0x20), *range(0x200C, 0x2010), *range(0x2028, 0x2030),
                  *range(0x2060, 0x2070), *range(0xFFF0, 0x10000)])
    )  # fmt: skip
    wrapped = wrap_messages([mangled])
    assert wrapped.isascii()
    assert json.loads(wrapped) == mangled
    assert wrap_messages(["žluťoučký 猫 🐈"]) == '"žluťoučký 猫 🐈"'.encode()


def test_lone_surrogate_does_not_raise() -> None:
    assert wrap_messages(["a\ud800b"]) == b'"a\\ud800b"'
    assert wrap_raw(["a\ud800b"]) == b"\x81\x03a?b"


def test_close_frame_is_json() -> None:
    assert close_frame(3000, "Go away!") == b'c[3000,"Go away!"]'
    assert json.loads(close_frame(4000, 'a"b')[1:]) == [4000, 'a"b']


@pytest.mark.parametrize("payload", ["[]", '["a"]', ' ["a", "\\u0000"] ', b'["\xc3\xa4"]'])
def test_array_of_strings_is_decoded(payload: str | bytes) -> None:
    assert decode_messages(payload) == json.loads(payload)


@pytest.mark.parametrize(
    "payload",
    [
        '"abc"', "5", "null", '{"k":1}', '[1,null,[]]', '["a",1]', "{bad", '["a', "", "NaN",
        "[" * 20_000, "[" * 20_000 + "]" * 20_000, "[" + "9" * 5000 + "]", b'["\xff"]',
        '["a"]'.encode("utf-16"),
    ],
)  # fmt: skip
def test_everything_else_is_refused(payload: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_messages(payload)
