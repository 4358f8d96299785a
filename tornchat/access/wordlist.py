"""Words that nobody may write: found in a text however they are dressed up.

It knows nothing of rooms or of who writes.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_DISGUISE: Final = re.compile(
    "[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
"""What can stand within a word without being seen, or only above and below its letters."""


class WordList:
    """A list of words; `*` at an end of one stands for whatever goes on there.

    Compared is what is left after NFKC and case folding, whole words only. A word with other
    characters than letters and digits in it ("c++", an emoji) is found wherever it stands. The
    time of a search grows with the length of the text, and with that of the list.

        WordList(["casino", "crypto*"]).find("Try my CRYPTOcoins!")  →  "crypto*"
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._whole: dict[str, str] = {}
        self._parts: list[tuple[str, str]] = []
        self._elsewhere: list[tuple[str, str]] = []
        for word in words:
            folded = _fold(word.removeprefix("*").removesuffix("*"))
            before, behind = (
                ("" if word.startswith("*") else " "),
                ("" if word[-1:] == "*" else " "),
            )
            if not _WORD.fullmatch(folded):
                self._elsewhere += [(folded, word)] if folded else []
            elif before and behind:
                self._whole[folded] = word
            else:
                self._parts.append((f"{before}{folded}{behind}", word))

    def find(self, text: str) -> str | None:
        """Return a word of the list that is in the text, as it is listed; None where none is."""
        folded = _fold(text)
        words = _WORD.findall(folded)
        for word in words:
            if word in self._whole:
                return self._whole[word]
        spaced = f" {' '.join(words)} " if self._parts else ""
        for part, listed in self._parts:
            if part in spaced:
                return listed
        return next((listed for part, listed in self._elsewhere if part in folded), None)


def _fold(text: str) -> str:
    if text.isascii():
        return text.casefold()
    composed = unicodedata.normalize("NFKC", text)
    return unicodedata.normalize("NFKC", _DISGUISE.sub("", composed)).casefold()
