"""The skeleton of a name: what is left when everything that looks alike is written alike.

The table of lookalikes is the one of the confusable-homoglyphs package, made from Unicode's
security data (UTS 39). It knows nothing of what names are allowed.
"""

import json
import unicodedata
from collections.abc import Iterable
from importlib import resources
from typing import Any, Final

from tornchat.access.text import invisible

_SMALL_CAPITALS: Final = dict(
    zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)
)
"""Unicode's table leaves these out, and they spell ᴀᴅᴍɪɴ."""
_ALIKE_IN_ASCII: Final = str.maketrans("i1|0", "lllo")
_MAX_ROUNDS: Final = 8
_PAIRS: Final = (("rn", "m"), ("vv", "w"))


def skeleton(text: str) -> str:
    """Return what two texts have in common that look the same to a hurried reader.

    Case, invisible characters and the script of a letter do not count; nor does the difference
    between I, l and 1, O and 0, rn and m.
    """
    plain = _plainer(text)
    # Folding case can bring up a letter that looks like another: ῂ becomes ὴι. Two more rounds
    # settle everything known; the bound is for what is not.
    for _ in range(_MAX_ROUNDS):
        text, plain = plain, _plainer(plain)
        if plain == text:
            break
    return plain


def without_accents(text: str) -> str:
    """Return the text without combining marks."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _plainer(text: str) -> str:
    if not (text.isascii() and text.isprintable()):  # most names are, and there it changes nothing
        visible = "".join(c for c in unicodedata.normalize("NFKC", text) if not invisible(c))
        text = visible.translate(_LOOKALIKES)
    plain = text.casefold().translate(_ALIKE_IN_ASCII)
    for pair, single in _PAIRS:
        plain = plain.replace(pair, single)
    return plain


def _lookalikes() -> dict[int, str]:
    """Map each letter that looks like one of ASCII's to that one.

    A letter without a lookalike of its own goes by its other case, so that В and в stay one.
    """
    file = resources.files("confusable_homoglyphs").joinpath("confusables.json")
    table: dict[str, list[dict[str, Any]]] = json.loads(file.read_text("utf-8"))
    own = dict(_SMALL_CAPITALS)
    for character, entries in table.items():
        found = _ascii_letter(entry["c"] for entry in entries)
        if found and len(character) == 1 and not character.isascii():
            own[character] = found
    for character in table:
        other = character.upper() if character.islower() else character.lower()
        if character not in own and other in own and not character.isascii():
            own[character] = own[other]
    return {ord(character): letter for character, letter in own.items()}


def _ascii_letter(candidates: Iterable[str]) -> str | None:
    return next((c for c in candidates if len(c) == 1 and c.isascii() and c.isalnum()), None)


_LOOKALIKES: Final = _lookalikes()
