"""What was typed behind a slash command, taken apart: names, durations, the rest.

Pure. Everything raises BadRequest in words for the person who typed it.
"""

import re
from typing import Final

from tornchat.errors import BadRequest

MAX_NAME: Final = 200
"""Characters of a name as it is typed; the longest name there is has fewer."""
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPOKEN: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
_DURATION: Final = re.compile(r"(\d{1,6})([smhdw])", re.ASCII | re.IGNORECASE)
_COUNT: Final = re.compile(r"\d{1,6}", re.ASCII)
_QUOTED: Final = re.compile(r'"([^"]*)"(?:\s+|$)')


def split(text: str) -> tuple[str, str]:
    """Return the name of a command, in small letters, and what stands behind it."""
    word, rest = _word(text.removeprefix("/"))
    return word.casefold(), rest


def take_name(text: str) -> tuple[str, str]:
    """Return the name that a text begins with ("" where there is none), and the rest.

    A name with spaces stands in double quotes; an @ before it is dropped.
    """
    text = text.removeprefix("@")
    if text.startswith('"'):
        quoted = _QUOTED.match(text)
        if quoted is None:
            raise BadRequest('expected a name in double quotes, such as "Guest 1234"')
        name, rest = quoted[1].strip(), text[quoted.end() :]
    else:
        name, rest = _word(text)
    if len(name) > MAX_NAME:
        raise BadRequest(f"expected a name of at most {MAX_NAME} characters")
    return name, rest.strip()


def take_duration(text: str) -> tuple[int | None, str]:
    """Return the seconds that a text begins with (None where it does not), and the rest."""
    word, rest = _word(text)
    seconds = duration(word)
    return (None, text) if seconds is None else (seconds, rest)


def duration(word: str) -> int | None:
    """Return the seconds of a duration such as 90s, 10m, 2h or 7d; None for what is none."""
    found = _DURATION.fullmatch(word)
    return int(found[1]) * _UNITS[found[2].lower()] if found and int(found[1]) else None


def count(text: str) -> int | None:
    """Return a whole number; None for what is none."""
    return int(text) if _COUNT.fullmatch(text) else None


def spoken(seconds: int) -> str:
    """Return a duration above 0 as one says it: 10 minutes."""
    size, unit = next((size, unit) for size, unit in _SPOKEN if seconds % size == 0)
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"


def for_how_long(seconds: int | None) -> str:
    """Return how long something lasts, as one says it; None: until it is lifted."""
    return "until it is lifted" if seconds is None else f"for {spoken(seconds)}"


def is_off(text: str) -> bool:
    """Return whether something is to be undone."""
    return text.strip().casefold() == "off"


def _word(text: str) -> tuple[str, str]:
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""
