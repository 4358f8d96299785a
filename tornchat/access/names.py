"""What people may call themselves, and when two names count as the same.

It knows nothing of who is present; whoever does asks `fold` and `numbered`.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from tornchat.access.confusables import skeleton, without_accents
from tornchat.access.text import invisible, unseen
from tornchat.errors import BadRequest

MAX_LENGTH: Final = 32
"""Graphemes: what people count as characters."""
MAX_RAW_LENGTH: Final = 1024

_JOINERS: Final = frozenset("\u200c\u200d")
_EMOJI_STYLE: Final = "\ufe0f"
_MARKS: Final = frozenset({"Mn", "Me", "Mc"})
_MAX_MARKS: Final = 4
"""On one letter; living scripts need three, towers of marks cover the lines around them."""
_NUMBER: Final = re.compile(r"(.+) (\d{1,6})", re.ASCII)


def clean(raw: str) -> str:
    """Return a name as it is shown: NFKC, single spaces, at most 32 graphemes.

    Raises BadRequest, in words for the person, for controls, invisible characters and marks that
    turn the reading direction, for a name that shows nothing, and for one that is too long. The
    length is that after normalising: one U+FDFA becomes 18 characters.
    """
    if len(raw) > MAX_RAW_LENGTH:
        raise _too_long()
    normal = unicodedata.normalize("NFKC", raw)
    for index, character in enumerate(normal):
        if _refused(normal, index):
            raise BadRequest(f"name: U+{ord(character):04X} cannot be part of a name")
    name = " ".join(normal.split())
    if all(map(unseen, name)):
        raise BadRequest("name: expected something to read, got nothing visible")
    clusters = graphemes(name)
    if len(clusters) > MAX_LENGTH:
        raise _too_long()
    if any(sum(map(_is_mark, cluster)) > _MAX_MARKS for cluster in clusters):
        raise BadRequest(f"name: expected at most {_MAX_MARKS} marks on a letter")
    return name


def fold(name: str) -> str:
    """Return the key under which a name is unique: equal for names that are easily mistaken."""
    return skeleton(name)


def search_key(text: str) -> str:
    """Return a name, or a part of one, as it is searched for: without case and accents."""
    if text.isascii():
        return text.lower()
    return without_accents(unicodedata.normalize("NFKC", text)).casefold()


def reserved(name: str) -> bool:
    """Say whether a name would pass its bearer off as somebody in charge."""
    plain = without_accents(unicodedata.normalize("NFKC", name))
    letters = "".join(c for c in plain if c.isalpha())
    letters_and_digits = "".join(c for c in plain if c.isalnum())
    return skeleton(letters) in _RESERVED or skeleton(letters_and_digits) in _RESERVED


def numbered(name: str, taken: Callable[[str], bool]) -> str:
    """Return "Ann 2", "Ann 3", … whichever is free, shortened so that the number fits.

    `taken` says whether a name is held. It is asked some 2 log n times for n holders, so that a
    crowd of one name costs little; the number is the next one where the numbers have no holes.
    """
    match = _NUMBER.fullmatch(name)
    base, number = (match[1], int(match[2])) if match else (name, 1)
    low, step = number, 1
    while taken(_with_number(base, low + step)):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if taken(_with_number(base, middle)) else (low, middle)
    return _with_number(base, high)


def graphemes(text: str) -> list[str]:
    """Split a text into what people count as characters (UAX 29, without its tables).

    A cluster is a character with its marks, joiners and modifiers; a flag is two characters.
    """
    clusters: list[str] = []
    for character in text:
        if clusters and _continues(clusters[-1], character):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _continues(cluster: str, character: str) -> bool:
    # A letter is never swallowed: else a name of any length would count as one.
    joined = character in _JOINERS or (cluster[-1] == "\u200d" and not character.isalpha())
    skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    flag = _is_flag_half(character) and len(cluster) == 1 and _is_flag_half(cluster)
    return joined or _is_mark(character) or skin_tone or flag


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in _MARKS


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _refused(text: str, index: int) -> bool:
    character = text[index]
    if character in _JOINERS:
        # Persian and Indic words and joined emoji need them; between ASCII they only hide.
        around = text[max(index - 1, 0) : index + 2]
        return len(around) < 3 or around[0].isascii() or around[2].isascii()
    if character == _EMOJI_STYLE:
        return False
    return invisible(character) or unicodedata.category(character) == "Co"


def _with_number(base: str, number: int) -> str:
    suffix = f" {number}"
    return "".join(graphemes(base)[: MAX_LENGTH - len(suffix)]).rstrip() + suffix


def _too_long() -> BadRequest:
    return BadRequest(f"name: expected at most {MAX_LENGTH} characters")


_RESERVED: Final = frozenset(
    skeleton(word)
    for word in (
        "admin", "admins", "administrator", "moderator", "moderators", "mod", "mods", "owner",
        "root", "server", "staff", "support", "system", "tornchat",
    )
)  # fmt: skip
