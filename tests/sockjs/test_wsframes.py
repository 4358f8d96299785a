"""What the frame reader takes and what it refuses (RFC 6455 §5, §7.4)."""

import struct

import pytest

from tests.sockjs.peer import BINARY, CLOSE, PING, TEXT, client_frame
from tornchat.sockjs.wsframes import (
    MAX_FRAGMENTS,
    FrameError,
    FrameReader,
    decode_close,
    encode_close,
    encode_frame,
)


def read(data: bytes, limit: int = 65536) -> list[tuple[int, bytes]]:
    return list(FrameReader(limit).feed(data))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_reader_reads_every_length(size: int) -> None:
    assert read(client_frame(TEXT, b"x" * size)) == [(TEXT, b"x" * size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_reader_does_not_care_how_the_bytes_arrive(size: int) -> None:
    data = (
        client_frame(TEXT, b"a" * 130) + client_frame(PING, b"p") + client_frame(BINARY, b"b" * 900)
    )
    reader = FrameReader(65536)
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert [frame for piece in pieces for frame in reader.feed(piece)] == [
        (TEXT, b"a" * 130),
        (PING, b"p"),
        (BINARY, b"b" * 900),
    ]


def test_reader_joins_fragments_around_a_ping() -> None:
    data = (
        client_frame(TEXT, b"ab", first=TEXT)
        + client_frame(PING, b"p")
        + client_frame(0, b"", first=0)
        + client_frame(0, b"cd")
        + client_frame(TEXT, b"next")
    )
    assert read(data) == [(PING, b"p"), (TEXT, b"abcd"), (TEXT, b"next")]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("unmasked", client_frame(TEXT, b"x", mask=False), 1002),
        ("rsv1", client_frame(TEXT, b"x", first=0xC1), 1002),
        ("rsv3", client_frame(TEXT, b"x", first=0x91), 1002),
        ("opcode 3", client_frame(3, b"x"), 1002),
        ("opcode 11", client_frame(11, b"x"), 1002),
        ("fragmented ping", client_frame(PING, b"x", first=PING), 1002),
        ("ping of 126", client_frame(PING, b"x" * 126), 1002),
        ("close of 200", client_frame(CLOSE, b"x" * 200), 1002),
        ("continuation of nothing", client_frame(0, b"x"), 1002),
        (
            "text inside a message",
            client_frame(TEXT, b"x", first=TEXT) + client_frame(TEXT, b"y"),
            1002,
        ),
        ("too big, header only", client_frame(TEXT, b"x" * 70_000)[:14], 1009),
        ("2^62, header only", bytes([0x81, 0xFF]) + struct.pack("!Q", 2**62), 1009),
        ("2^64-1, header only", bytes([0x81, 0xFF]) + b"\xff" * 8, 1009),
        (
            "65 fragments over the limit",
            client_frame(TEXT, b"x" * 1024, first=TEXT)
            + client_frame(0, b"x" * 1024, first=0) * 64,
            1009,
        ),
        (
            "endless empty fragments",
            client_frame(TEXT, b"", first=TEXT) + client_frame(0, b"", first=0) * MAX_FRAGMENTS,
            1002,
        ),
    ],
)
def test_reader_refuses(name: str, data: bytes, code: int) -> None:
    with pytest.raises(FrameError) as refused:
        read(data)
    assert refused.value.code == code


def test_reader_gives_out_what_came_before_the_fault() -> None:
    frames = FrameReader(100).feed(client_frame(TEXT, b"good") + client_frame(3, b""))
    assert next(frames) == (TEXT, b"good")
    with pytest.raises(FrameError):
        next(frames)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_encoded_frame_has_the_shortest_length(size: int) -> None:
    frame = encode_frame(TEXT, b"x" * size)
    overhead = 2 if size < 126 else 4 if size < 65536 else 10
    assert len(frame) == size + overhead
    assert frame[0] == 0x81


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1011, 3000, 4001, 4999])
def test_close_frame_carries_code_and_reason(code: int) -> None:
    assert encode_close(code, "why")[2:] == struct.pack("!H", code) + b"why"


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_close_code_that_may_not_travel_is_replaced_or_refused(code: int) -> None:
    assert encode_close(code, "")[2:4] == struct.pack("!H", 1011)
    with pytest.raises(FrameError):
        decode_close(struct.pack("!H", code))


def test_close_reason_is_cut_at_a_character() -> None:
    payload = encode_close(4000, "ä" * 100)[2:]
    assert len(payload) <= 125
    assert payload[2:].decode() == "ä" * 61


def test_close_without_code_and_with_a_broken_reason() -> None:
    assert decode_close(b"") == 1005
    assert decode_close(b"\x03\xe8bye") == 1000
    for payload, code in ((b"\x03", 1002), (b"\x03\xe8\xff\xfe", 1007)):
        with pytest.raises(FrameError) as refused:
            decode_close(payload)
        assert refused.value.code == code
