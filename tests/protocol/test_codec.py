"""The wire: what becomes a command, what is refused and how, and how events look as text."""

import json
import time

import msgspec
import pytest
from msgspec import Raw

from tornchat.errors import BadJson, BadRequest, ChatError, UnknownType
from tornchat.protocol import (
    AdminEvent,
    Correlation,
    Event,
    History,
    Join,
    Joined,
    Message,
    Person,
    Ping,
    Reply,
    RoomChange,
    Sanction,
    Send,
    Slash,
    SlashHelp,
    correlation,
    decode_command,
    decode_data,
    encode,
    error_event,
)

BIG = 2**53


def test_command_is_typed_by_its_type() -> None:
    assert decode_command('{"type":"join","room":"a"}') == Join(room="a")
    assert decode_command('{"room":"a","since":7,"epoch":"e","type":"join"}') == Join(
        room="a", since=7, epoch="e"
    )


def test_unknown_and_repeated_keys_are_ignored() -> None:
    keys = ",".join(f'"k{n}":[{n}]' for n in range(5000))
    assert decode_command(f'{{"type":"ping",{keys},"ref":"a","ref":"b"}}') == Ping(ref="b")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", BadJson),
        ("{bad", BadJson),
        ('{"type":"ping"', BadJson),
        ('{"type":"ping"} x', BadJson),
        ("[" * 20000, BadRequest),
        ("[1]", BadRequest),
        ('"ping"', BadRequest),
        ("null", BadRequest),
        ("{}", BadRequest),
        ('{"type":5}', BadRequest),
        ('{"type":"fly"}', UnknownType),
        ('{"type":"edit","room":"a"}', UnknownType),
        ('{"type":"join"}', BadRequest),
        ('{"type":"join","room":5}', BadRequest),
        ('{"type":"join","room":"A"}', BadRequest),
        ('{"type":"join","room":"a/b"}', BadRequest),
        ('{"type":"join","room":"a\\n"}', BadRequest),
        ('{"type":"join","room":".a"}', BadRequest),
        (f'{{"type":"join","room":"{"a" * 65}"}}', BadRequest),
        ('{"type":"join","room":"a","since":true}', BadRequest),
        ('{"type":"join","room":"a","since":1.5}', BadRequest),
        ('{"type":"join","room":"a","since":1e999}', BadRequest),
        (f'{{"type":"join","room":"a","since":{BIG}}}', BadRequest),
        (f'{{"type":"join","room":"a","since":{"9" * 5000}}}', BadRequest),
        ('{"type":"ping","x":NaN}', BadRequest),
        ('{"type":"ping","x":Infinity}', BadRequest),
        ('{"type":"send","room":"a","text":"\\ud800","client_id":"k"}', BadRequest),
        ('{"type":"send","room":"a","text":"x"}', BadRequest),
        ('{"type":"send","room":"a","text":"x","client_id":""}', BadRequest),
        ('{"type":"send","room":"a","text":"x","client_id":7}', BadRequest),
        (f'{{"type":"send","room":"a","text":"x","client_id":"{"k" * 65}"}}', BadRequest),
        (f'{{"type":"ping","ref":"{"r" * 65}"}}', BadRequest),
        ('{"type":"ping","x":' + '{"a":' * 8 + "1" + "}" * 8 + "}", BadRequest),
        ('{"type":"history","room":"a","limit":0}', BadRequest),
        ('{"type":"history","room":"a","limit":-1}', BadRequest),
        ('{"type":"history","room":"a","view":"x"}', BadRequest),
        ('{"type":"history","room":"a","before":"x"}', BadRequest),
    ],
)
def test_refusal_names_what_is_wrong(text: str, error: type[ChatError]) -> None:
    with pytest.raises(ChatError) as caught:
        decode_command(text)
    assert type(caught.value) is error, caught.value.message


def test_depth_counts_brackets_outside_of_strings_only() -> None:
    text = "[{" * 50 + '"'
    command = decode_command(
        json.dumps({"type": "send", "room": "a", "text": text, "client_id": "k"})
    )
    assert isinstance(command, Send) and command.text == text
    deepest = "[" * 7 + "]" * 7
    assert isinstance(decode_command(f'{{"type":"ping","x":{deepest}}}'), Ping)


def test_large_limit_is_a_wish_not_an_error() -> None:
    command = decode_command('{"type":"history","room":"a","limit":1000000000}')
    assert isinstance(command, History)


@pytest.mark.parametrize("unit", ['"\\\\', "[{", '"a":', "9", "\\u0041"])
def test_decoding_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        text = '{"type":"ping","x":"' + unit * size
        started = time.process_time()
        for _ in range(20):
            with pytest.raises(ChatError):
                decode_command(text)
        return time.process_time() - started

    assert seconds(8000) < 40 * (seconds(800) + 0.002)


def test_refusal_repeats_what_it_can() -> None:
    assert correlation('{"ref":"r","client_id":"k","x":NaN}') == Correlation("r", "k")
    for text in ("{bad", "[]", '{"ref":5,"client_id":[]}', f'{{"ref":"{"r" * 65}"}}'):
        assert correlation(text) == Correlation()


def test_lone_surrogate_is_never_repeated() -> None:
    about = correlation('{"type":"ping","ref":"\\ud800"}')
    assert json.loads(encode(error_event(BadRequest("no"), about))) == {
        "type": "error",
        "code": "bad_request",
        "message": "no",
        "retryable": False,
    }


def test_event_leaves_out_what_holds_its_default() -> None:
    ann = Person("g_1", "Ann")
    message = Message("a", 1, ann, "hi", 5, "k")
    assert encode(message) == (
        '{"type":"message","room":"a","seq":1,"from":{"id":"g_1","name":"Ann","verified":false,'
        '"kind":"guest"},"text":"hi","time":5,"client_id":"k"}'
    )


def test_joined_holds_entries_that_are_encoded_already() -> None:
    text = '{"type":"message","seq":1}'
    joined = Joined(
        room="a", epoch="e", first=1, last=1, recovered=False, entries=[Raw(text.encode())],
        more=False, can=["read"], title="A", topic="", count=0, read_seq=0,
    )  # fmt: skip
    assert json.loads(encode(joined))["entries"] == [json.loads(text)]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Reply("a", "done"), '{"type":"reply","room":"a","text":"done"}'),
        (
            Reply("a", "no", ok=False, ref="r"),
            '{"type":"reply","room":"a","text":"no","ok":false,"ref":"r"}',
        ),
        (
            Reply("a", "", commands=[SlashHelp("me", "/me TEXT", "act")]),
            '{"type":"reply","room":"a","text":"",'
            '"commands":[{"name":"me","usage":"/me TEXT","about":"act"}]}',
        ),
        (RoomChange("a", slow=0, locked=False, join_lines=True),
            '{"type":"room","room":"a","slow":0,"locked":false,"join_lines":true}'),
        (RoomChange("a", can=["read"], muted=Sanction()),
            '{"type":"room","room":"a","can":["read"],"muted":{}}'),
        (RoomChange("a", can=["read"], muted=Sanction(7, "x")),
            '{"type":"room","room":"a","can":["read"],"muted":{"until":7,"reason":"x"}}'),
        (AdminEvent("figures", data=Raw(b"{}")), '{"type":"admin","topic":"figures","data":{}}'),
    ],
)  # fmt: skip
def test_moderation_on_the_wire(event: Event, text: str) -> None:
    assert encode(event) == text


def test_slash_command_is_a_text_about_a_room() -> None:
    found = decode_command('{"type":"command","room":"a","text":"/nick Ann","ref":"r"}')
    assert found == Slash(room="a", text="/nick Ann", ref="r")


def test_data_is_free_within_bounds() -> None:
    assert decode_data(Raw(b'{"__proto__":{"x":1}}')) == {"__proto__": {"x": 1}}
    for data in (b'"' + b"x" * 4096 + b'"', f"[{BIG}]".encode(), f'{{"a":[-{BIG}]}}'.encode()):
        with pytest.raises(BadRequest):
            decode_data(Raw(data))


def test_every_command_can_be_decoded_from_its_own_encoding() -> None:
    for command in (Join(room="a", since=1, epoch="e"), Ping(ref="r"), History(room="a", at=5)):
        assert decode_command(msgspec.json.encode(command).decode()) == command
