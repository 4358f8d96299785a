"""Questions and answers as lines of JSON; pure."""

from typing import Any, Final

import msgspec

from tornchat import errors
from tornchat.errors import BadJson, BadRequest, ChatError, Internal

QUESTION_SIZE: Final = 64 * 1024
"""The longest line that is read as a question."""

_ERRORS: Final = {
    cls.code: cls
    for cls in vars(errors).values()
    if isinstance(cls, type) and issubclass(cls, ChatError)
}


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """One verb with its arguments by name."""

    verb: str
    args: dict[str, Any] = {}


class Refusal(msgspec.Struct):
    """Why there is no result."""

    code: str
    message: str


class Answer(msgspec.Struct, omit_defaults=True):
    """A result, or an error."""

    result: Any = None
    error: Refusal | None = None


_encoder: Final = msgspec.json.Encoder()
_questions: Final = msgspec.json.Decoder(Question)
_answers: Final = msgspec.json.Decoder(Answer)


def encode_question(verb: str, args: dict[str, Any]) -> bytes:
    """Return the line that asks for a verb. Raises BadRequest for text that is no Unicode."""
    try:
        return _encoder.encode(Question(verb, args)) + b"\n"
    except UnicodeEncodeError as error:
        raise BadRequest(f"{verb}: expected text in UTF-8, got other bytes") from error


def decode_question(line: bytes) -> Question:
    """Read a question. Raises BadJson or BadRequest."""
    try:
        return _questions.decode(line)
    except msgspec.ValidationError as error:
        raise BadRequest(f"question: {error}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadJson("question: expected one line with an object of JSON") from error


def encode_result(result: Any) -> bytes:
    """Return the line that carries a result, which is made of plain JSON values."""
    return _encoder.encode(Answer(result)) + b"\n"


def encode_error(error: ChatError) -> bytes:
    """Return the line that carries a refusal."""
    return _encoder.encode(Answer(error=Refusal(error.code, error.message))) + b"\n"


def decode_answer(line: bytes) -> Any:
    """Return the result. Raises the ChatError that the server answered with, and
    msgspec.DecodeError for what is no answer."""
    answer = _answers.decode(line)
    if answer.error is not None:
        raise _ERRORS.get(answer.error.code, Internal)(answer.error.message)
    return answer.result
