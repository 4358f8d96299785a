"""Markers: what the generator puts into each message to know it again, wherever frames end.

It knows nothing of frames and servers; bytes in, numbers out.
"""

import re

FORM = "~#%010d"
LENGTH = 12
_WHOLE = re.compile(rb"~#(\d{10})")


def numbers(data: bytes) -> list[int]:
    """Return the numbers of all whole markers, in their order."""
    return [int(found) for found in _WHOLE.findall(data)]


def count(data: bytes) -> int:
    """Count the markers in data that ends with no piece of one: faster than reading them."""
    # `~#` alone is also in the header of a frame of 8,960 to 9,215 bytes.
    return data.count(b"~#00")


def rest(data: bytes) -> bytes:
    """Return the piece of a marker that `data` ends with: to be put before what comes next."""
    at = data.rfind(b"~", max(0, len(data) - LENGTH + 1))
    return data[at:] if at >= 0 else b""


def filled(text: str, *, index: int = 0, number: int = 0) -> str:
    """Fill a text's places: %d the connection, %n the message's number, %M its marker."""
    values = {"d": str(index), "n": str(number), "M": FORM % number}
    return re.sub("%([dnM])", lambda found: values[found[1]], text)
