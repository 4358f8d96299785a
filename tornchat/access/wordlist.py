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
        wanted = [(word, _pattern(word)) for word in words]
        self._plain = [(word, folded) for word, (folded, plain) in wanted if plain]
        self._other = [(word, folded) for word, (folded, plain) in wanted if not plain and folded]

    def find(self, text: str) -> str | None:
        """Return a word of the list that is in the text, as it is listed; None where none is."""
        folded = _fold(text)
        words = f" {' '.join(_WORD.findall(folded))} "
        found = (word for word, pattern in self._plain if pattern in words)
        others = (word for word, pattern in self._other if pattern in folded)
        return next(found, None) or next(others, None)


def _pattern(word: str) -> tuple[str, bool]:
    """Return what to look for, and whether it is to be found among the words of a text."""
    inner = _fold(word.removeprefix("*").removesuffix("*"))
    if not _WORD.fullmatch(inner):
        return inner, False
    before = "" if word.startswith("*") else " "
    return f"{before}{inner}{'' if word.endswith('*') else ' '}", True


def _fold(text: str) -> str:
    if text.isascii():
        return text.casefold()
    composed = unicodedata.normalize("NFKC", text)
    return unicodedata.normalize("NFKC", _DISGUISE.sub("", composed)).casefold()
