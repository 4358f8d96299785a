"""What a form of the admin page brings: typed, bounded, or refused in words.

It knows nothing of what is done with the values.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from tornchat.config.kinds import DURATION
from tornchat.errors import BadRequest, TooLarge

MAX_FORM_SIZE: Final = 64 * 1024
MAX_FIELDS: Final = 300
_KIND: Final = "application/x-www-form-urlencoded"
_ON: Final = frozenset({"1", "on", "yes", "true"})


class Form:
    """The fields of a form, each read once under its name.

        form = read_form(self.request)
        topic = form.text("topic")

    A field that is not there is empty, as a box that was not ticked is. Every reader raises
    BadRequest, with the field's name, for what it does not expect: a field that comes twice, bytes
    that are no text, control characters.
    """

    def __init__(self, fields: Mapping[str, Sequence[bytes]]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def text(self, name: str, default: str = "") -> str:
        r"""Return a field without the spaces around it, line ends as `\n`."""
        found = self.all(name)
        if len(found) > 1:
            raise BadRequest(f"{name}: expected it once, got it {len(found)} times")
        return found[0].strip() if found else default

    def secret(self, name: str) -> str:
        """Return a field as it was typed, spaces and all: a password."""
        values = self._fields.get(name, ())
        if len(values) > 1:
            raise BadRequest(f"{name}: expected it once")
        return _decoded(name, values[0]) if values else ""

    def flag(self, name: str) -> bool:
        """Return whether a box was ticked."""
        return self.text(name).lower() in _ON

    def number(self, name: str) -> int | None:
        """Return a whole number, None where the field is empty."""
        text = self.text(name)
        if not text:
            return None
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 15):
            raise BadRequest(f"{name}: expected a whole number")
        return int(text)

    def duration(self, name: str) -> int | None:
        """Return `90s`, `10m`, `2d`, … in seconds; None where the field is empty."""
        text = self.text(name).replace(" ", "")
        if not text:
            return None
        try:
            return int(DURATION.parse(text, Path()))
        except (ValueError, LookupError):
            raise BadRequest(f"{name}: expected {DURATION.expected}") from None

    def all(self, name: str) -> list[str]:
        """Return every value of a field that may come several times, in order."""
        return [_clean(name, value) for value in self._fields.get(name, ())]

    def lines(self, name: str) -> list[str]:
        """Return the lines of a field that are not blank, without the spaces around them."""
        found = map(str.strip, self.text(name).split("\n"))
        return [line for line in found if line]


def read_form(request: HTTPServerRequest) -> Form:
    """Return the form of a POST.

    Raises HTTPError 415 for any other kind of body, TooLarge above 64 KiB, BadRequest above 300
    fields. A body of nothing is a form without fields.
    """
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != _KIND and (request.body or kind):
        raise HTTPError(415)
    if len(request.body) > MAX_FORM_SIZE:
        raise TooLarge(f"expected a form of at most {MAX_FORM_SIZE} bytes")
    fields = request.body_arguments
    if sum(map(len, fields.values())) > MAX_FIELDS:
        raise BadRequest(f"expected at most {MAX_FIELDS} fields")
    return Form(fields)


def _clean(name: str, value: bytes) -> str:
    text = _decoded(name, value).replace("\r\n", "\n")
    if any(_is_control(character) for character in text):
        raise BadRequest(f"{name}: expected no control characters")
    return text


def _decoded(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadRequest(f"{name}: expected text in UTF-8") from None


def _is_control(character: str) -> bool:
    return (character < " " and character not in "\n\t") or "\x7f" <= character <= "\x9f"
