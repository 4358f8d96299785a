"""What a message's text may be.

It knows nothing of names, which are stricter, or of how text is shown.
"""

import re
import unicodedata
from typing import Final

from tornchat.errors import BadRequest, TooLarge

MAX_TEXT_SIZE: Final = 16384

_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that show nothing although Unicode counts them as letters, marks or symbols."""
_VARIATION_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_NEVER_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NOT_ALONE: Final = frozenset({"Mn", "Me", "Zs"})


def clean(raw: str, max_length: int) -> str:
    r"""Return a message's text as it is stored: NFC, line ends as `\n`.

    Raises TooLarge above `max_length` code points or 16 KiB, BadRequest for controls other than
    tab and line feed, for lone surrogates, and for a text that shows nothing.
    """
    if len(raw) > 4 * max_length:
        raise TooLarge(f"text: expected at most {max_length} characters, got {len(raw)}")
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n"))
    if len(text) > max_length:
        raise TooLarge(f"text: expected at most {max_length} characters, got {len(text)}")
    found = _CONTROLS.search(text)
    if found:
        raise BadRequest(f"text: expected no control characters, got U+{ord(found[0]):04X}")
    size = len(text.encode())
    if size > MAX_TEXT_SIZE:
        raise TooLarge(f"text: expected at most {MAX_TEXT_SIZE} bytes, got {size}")
    if all(map(unseen, text)):
        raise BadRequest("text: expected something to read, got nothing visible")
    return text


def invisible(character: str) -> bool:
    """Say whether a character never shows: controls, format characters, fillers, selectors."""
    return (
        character in _BLANKS
        or unicodedata.category(character) in _NEVER_SHOWN
        or _VARIATION_SELECTORS.match(character) is not None
    )


def unseen(character: str) -> bool:
    """Say whether a character shows nothing when it stands alone."""
    return invisible(character) or unicodedata.category(character) in _NOT_ALONE
