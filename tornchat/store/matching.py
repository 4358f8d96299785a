"""What somebody types into a search box, as an expression for SQLite's full-text index.

Whatever is typed is only ever looked for: it cannot be an operator. Pure; it knows no database.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tornchat.errors import BadRequest

MAX_LENGTH: Final = 200
MAX_TERMS: Final = 16
SHORTEST_PREFIX: Final = 2
"""Characters that the last word needs to stand for all words that begin so."""

_TERM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')


def expression(words: str, rooms: Sequence[int] | None, person: str | None) -> str:
    """Return the expression for messages that hold all of the words.

    `words`: words, and phrases in double quotes; the last word may be the beginning of one.
    `rooms`: ids of the rooms that are meant, None for all. `person`: who wrote the messages. Raises
    BadRequest where there is nothing to look for, or too much.
    """
    if len(words) > MAX_LENGTH or not words.isprintable():
        raise BadRequest(f"words: expected one line of at most {MAX_LENGTH} characters")
    terms = list(_terms(words))
    if len(terms) > MAX_TERMS:
        raise BadRequest(f"words: expected at most {MAX_TERMS} words")
    if not terms and (words.strip() or person is None):
        raise BadRequest("words: expected a word of letters or digits to look for")
    parts = [f"text : ({' '.join(terms)})"] if terms else []
    if rooms is not None:
        parts.append(_marks(f"r{room}" for room in rooms))
    if person is not None:
        parts.append(_marks([f"p{person.encode().hex()}"]))
    return " AND ".join(parts)


def _terms(words: str) -> Iterator[str]:
    found = [(phrase or word, bool(word)) for phrase, word in _TERM.findall(words)]
    kept = [(text, is_word) for text, is_word in found if any(map(str.isalnum, text))]
    for number, (text, is_word) in enumerate(kept, 1):
        begins = is_word and number == len(kept) and len(text) >= SHORTEST_PREFIX
        yield f'"{text}"*' if begins else f'"{text}"'


def _marks(marks: Iterable[str]) -> str:
    return f"marks : ({' OR '.join(marks)})"
