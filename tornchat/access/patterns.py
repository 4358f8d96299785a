"""Room names with `*` for any run of characters: `support-*`.

It knows nothing of which rooms there are.
"""

import re
from typing import Final

from tornchat.protocol import ROOM_NAME

_PATTERN: Final = re.compile(r"(?=[^*]*\*)[a-z0-9._*-]{1,64}")


def is_pattern(text: str) -> bool:
    """Say whether a text stands for any number of rooms: it holds a `*`, and is well formed."""
    return _PATTERN.fullmatch(text) is not None


def valid(text: str) -> bool:
    """Say whether a text is the name of a room or a pattern of names."""
    return ROOM_NAME.fullmatch(text) is not None or is_pattern(text)


def matches(pattern: str, name: str) -> bool:
    """Say whether a name is one of a pattern's, in linear time; a name matches itself."""
    if "*" not in pattern:
        return pattern == name
    first, *middle, last = pattern.split("*")
    if len(name) < len(first) + len(last):
        return False
    if not (name.startswith(first) and name.endswith(last)):
        return False
    position, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def covers(wide: str, narrow: str) -> bool:
    """Say whether a pattern certainly holds whatever another one (or a name) does.

    It is cautious: only a pattern that ends with its one `*` covers another pattern than itself.
    """
    if wide in ("*", narrow):
        return True
    if "*" not in narrow:
        return matches(wide, narrow)
    start = wide.removesuffix("*")
    return start != wide and "*" not in start and narrow.startswith(start)
