"""Bodies of requests: JSON of one known shape, small, or refused in words.

It knows nothing of what is done with them.
"""

from typing import Final, TypeVar

import msgspec
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from tornchat.errors import BadJson, BadRequest, TooLarge

MAX_BODY_SIZE: Final = 16 * 1024
_MAX_REASON: Final = 200
_CHARSETS: Final = ("", "charset=utf-8", 'charset="utf-8"')

S = TypeVar("S", bound=msgspec.Struct)


def read_body(request: HTTPServerRequest, shape: type[S]) -> S:
    """Return the body as a struct of that shape, which forbids unknown fields.

    Raises HTTPError 415 for anything that is not called JSON, TooLarge above 16 KiB, BadJson and
    BadRequest. Nesting needs no limit of its own: every shape is flat, and what is deeper than a
    field's type is refused where it begins.
    """
    kind, _, parameters = request.headers.get("Content-Type", "").lower().partition(";")
    if kind.strip() != "application/json" or parameters.strip() not in _CHARSETS:
        raise HTTPError(415)
    if len(request.body) > MAX_BODY_SIZE:
        raise TooLarge(f"expected a body of at most {MAX_BODY_SIZE} bytes")
    try:
        return msgspec.json.decode(request.body, type=shape)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error)[:_MAX_REASON]) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadJson(f"expected a JSON object: {error}"[:_MAX_REASON]) from None


def read_optional_body(request: HTTPServerRequest, shape: type[S]) -> S:
    """Return the same, or the shape's defaults where there is no body."""
    return read_body(request, shape) if request.body else shape()
