"""The two functions that cross the wire, and the checks that no struct can express."""

import json
import re
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tornchat.errors import BadJson, BadRequest, ChatError, UnknownType
from tornchat.protocol.commands import MAX_SAFE_INTEGER, AnyCommand
from tornchat.protocol.events import ErrorEvent, Event

MAX_DEPTH: Final = 8
MAX_DATA_SIZE: Final = 4096

_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_encoder = msgspec.json.Encoder()
_COMMAND_TYPES = frozenset(struct.__struct_config__.tag for struct in AnyCommand.__args__)
_BRACKETS_AND_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class Correlation(Struct):
    """What an error repeats of the command it refuses."""

    ref: str | None = None
    client_id: str | None = None


def decode_command(text: str) -> AnyCommand:
    """Turn one frame into a typed command.

    Raises BadJson where the text is not JSON, UnknownType where `type` names no command of ours,
    BadRequest where a field is missing, of the wrong type or out of range, where nesting is deeper
    than 8, or where the text is JSON only to lenient readers (NaN, a lone surrogate). Unknown keys
    are ignored; of repeated keys the last one counts.
    """
    _check_depth(text)
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise _refusal(text, str(error)) from None


def correlation(text: str) -> Correlation:
    """Return the `ref` and `client_id` of a command that was refused, as far as they are usable."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return Correlation()
    if not isinstance(found, dict):
        return Correlation()
    return Correlation(_repeatable(found.get("ref")), _repeatable(found.get("client_id")))


def encode(event: Event) -> str:
    """Return the event as JSON text, `type` first."""
    return _encoder.encode(event).decode()


def tag(event: Event) -> str:
    """Return the event's `type` on the wire."""
    return str(event.__struct_config__.tag)


def decode_data(data: Raw) -> Any:
    """Decode the free `data` of a send or signal, within the limits that hold for it.

    Raises BadRequest when it is larger than 4 KiB or holds a number that not every peer can read.
    """
    if len(data) > MAX_DATA_SIZE:
        raise BadRequest(f"data: expected at most {MAX_DATA_SIZE} bytes, got {len(data)}")
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise BadRequest(f"data: {error}") from None
    _check_numbers(value)
    return value


def error_event(error: ChatError, about: Correlation) -> ErrorEvent:
    """Say a refusal on the wire."""
    return ErrorEvent(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        retry_after=error.retry_after,
        client_id=about.client_id,
        ref=about.ref,
    )


def _repeatable(value: Any) -> str | None:
    """Return a value that may be sent back: a short string without lone surrogates."""
    if not isinstance(value, str) or len(value) > 64 or not value.isprintable():
        return None
    return value


def _refusal(text: str, problem: str) -> ChatError:
    """Name what is wrong with a frame that fits no command, the best reason first."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return BadJson(f"expected a JSON object: {problem}")
    except ValueError:
        return BadRequest(problem)
    kind = found.get("type") if isinstance(found, dict) else None
    if isinstance(kind, str) and kind not in _COMMAND_TYPES:
        return UnknownType(f"unknown type {kind[:32]!r}")
    return BadRequest(problem)


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKETS_AND_STRINGS.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BadRequest(f"nested deeper than {MAX_DEPTH}")
        elif token in "]}":
            depth -= 1


def _check_numbers(value: Any) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _check_numbers(item)
    elif isinstance(value, list):
        for item in value:
            _check_numbers(item)
    elif isinstance(value, int) and not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        raise BadRequest("data: expected integers within ±(2^53 − 1)")
