"""SockJS frames and the messages inside them, as bytes (SockJS protocol, "Protocol and framing").

The wrap functions turn the texts of a `Frame` into what one transport sends; pure.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

from tornchat.sockjs.wsframes import TEXT, encode_frame

OPEN: Final = b"o"
HEARTBEAT: Final = b"h"

# The protocol's `escapable_by_server`: characters that browsers mangle on the way. Lone surrogates
# have no UTF-8, so they are escaped too.
_ESCAPED = re.compile("[\u200c-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufff0-\uffff]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def wrap_messages(texts: Sequence[str]) -> bytes:
    """Return the texts as JSON strings separated by commas: the inside of an `a[…]` frame."""
    return ",".join([_encode_string(text) for text in texts]).encode()


def wrap_websocket(texts: Sequence[str]) -> bytes:
    """Return one WebSocket frame that holds one SockJS array frame."""
    return encode_frame(TEXT, b"a[" + wrap_messages(texts) + b"]")


def wrap_raw(texts: Sequence[str]) -> bytes:
    """Return one WebSocket frame: a single text as it is, several as a JSON array of them."""
    text = texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"
    return encode_frame(TEXT, text.encode("utf-8", "replace"))


def array_frame(messages: Sequence[bytes]) -> bytes:
    """Join what `wrap_messages` made of several frames into one SockJS array frame."""
    return b"a[" + b",".join(messages) + b"]"


def close_frame(code: int, reason: str) -> bytes:
    """Return the SockJS frame that ends a session."""
    return f"c[{code},{_encode_string(reason)}]".encode()


def decode_messages(payload: bytes | str) -> list[str]:
    """Return the messages of an incoming payload: a JSON array of strings, and nothing else.

    Raises ValueError for anything else, a single string or an array holding other things included.
    """
    text = payload.decode("utf-8") if isinstance(payload, bytes) else payload
    try:
        messages = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(messages, list) or not all(isinstance(m, str) for m in messages):
        raise ValueError("expected an array of strings")
    return messages


def _encode_string(text: str) -> str:
    encoded = _encode(text)
    if encoded.isascii():
        return encoded
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", encoded)
