"""Markers are counted once each, wherever the pieces of a stream end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import markers

MARK = (markers.FORM % 42).encode()


def counted(pieces):
    """Count as the generator does: what may go on is put before what comes next."""
    found, rest = [], b""
    for piece in pieces:
        found += markers.numbers(rest + piece)
        rest = markers.rest(rest + piece)
    return found


def test_marker_is_as_long_as_said():
    assert len(MARK) == markers.LENGTH


@pytest.mark.parametrize("cut", range(markers.LENGTH + 1))
def test_marker_cut_anywhere_counts_once(cut):
    assert counted([b"\x81\x10x " + MARK[:cut], MARK[cut:] + b'"]']) == [42]


@given(
    st.lists(st.integers(0, 10**10 - 1), max_size=20),
    st.lists(st.integers(1, 30), min_size=1, max_size=50),
)
def test_numbers_survive_any_cutting(numbers, sizes):
    stream = b" ".join((markers.FORM % number).encode() for number in numbers)
    pieces, at = [], 0
    while at < len(stream):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(stream[at : at + size])
        at += size
    assert counted(pieces) == numbers


@given(st.binary(max_size=30))
def test_count_without_the_rest_agrees_with_reading(before):
    data = before.replace(b"~", b"") + MARK + b" " + MARK + MARK[:5]
    whole = data[: len(data) - len(markers.rest(data))]
    assert markers.count(whole) == len(markers.numbers(data)) == 2


@pytest.mark.parametrize("size", [8960, 9008, 9215])
def test_count_takes_no_header_for_a_marker(size):
    frame = b"\x81\x7e" + size.to_bytes(2) + b'a["' + MARK + b'"]'
    assert markers.count(frame) == 1


def test_rest_of_whole_markers_is_empty():
    assert markers.rest(MARK + b'"]') == b""


def test_numbers_are_empty_without_markers():
    assert markers.numbers(b"\x81\x03~ #") == []


def test_filled_fills_every_place():
    text = markers.filled("c%d n%n %M 100%", index=3, number=7)
    assert text == "c3 n7 ~#0000000007 100%"
