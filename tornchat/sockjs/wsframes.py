"""WebSocket frames (RFC 6455 §5) without input or output: what comes in is checked strictly.

Replaces the reading half of Tornado's `WebSocketProtocol13`, which takes unmasked frames, drops
invalid UTF-8 without a code, counts no fragments and keeps six coroutines per idle connection.
"""

import struct
from collections.abc import Iterator
from typing import Final

from tornado.util import _websocket_mask

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
_OPCODES: Final = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))
_FIN: Final = 0x80
_RSV: Final = 0x70
_MASKED: Final = 0x80

NORMAL: Final = 1000
PROTOCOL_ERROR: Final = 1002
NO_CODE: Final = 1005
ABNORMAL: Final = 1006
INVALID_DATA: Final = 1007
TOO_BIG: Final = 1009
INTERNAL_ERROR: Final = 1011
_SENDABLE: Final = frozenset((1000, 1001, 1002, 1003, *range(1007, 1015)))

MAX_FRAGMENTS: Final = 1000
MAX_REASON: Final = 123


class FrameError(Exception):
    """The peer broke the rules; `code` is what its connection is closed with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def encode_frame(opcode: int, payload: bytes) -> bytes:
    """Return one final, unmasked frame, as servers send them."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", _FIN | opcode, size) + payload
    if size < 65536:
        return struct.pack("!BBH", _FIN | opcode, 126, size) + payload
    return struct.pack("!BBQ", _FIN | opcode, 127, size) + payload


def encode_close(code: int, reason: str) -> bytes:
    """Return a close frame; a code that may not travel becomes 1011, a long reason is cut."""
    text = reason.encode("utf-8", "replace")[:MAX_REASON].decode("utf-8", "ignore")
    return encode_frame(CLOSE, struct.pack("!H", _sendable(code)) + text.encode())


def decode_close(payload: bytes) -> int:
    """Return the code a peer closes with, 1005 where it gives none.

    Raises FrameError for codes that may not travel and for a reason that is not UTF-8; the reason
    itself is dropped, it is the peer's text and good for nothing here.
    """
    if not payload:
        return NO_CODE
    if len(payload) == 1:
        raise FrameError(PROTOCOL_ERROR, "close frame of one byte")
    code = int.from_bytes(payload[:2])
    if _sendable(code) != code:
        raise FrameError(PROTOCOL_ERROR, "close code out of range")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise FrameError(INVALID_DATA, "close reason is not UTF-8") from None
    return code


def _sendable(code: int) -> int:
    return code if code in _SENDABLE or 3000 <= code <= 4999 else INTERNAL_ERROR


class FrameReader:
    """Collects the frames of one connection and gives out whole messages and control frames.

    `limit`: bytes of a message, checked from the header, before any payload is waited for.
    """

    __slots__ = ("_fragments", "_limit", "_message", "_opcode", "_rest")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest: bytearray | None = None
        self._message: bytearray | None = None
        self._opcode = 0
        self._fragments = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Take what was read and yield (opcode, payload) in order; fragments come joined.

        Raises FrameError; nothing may be fed after that. The iterator must be used up before the
        next feed.
        """
        if self._rest is not None:
            self._rest += data
            data = bytes(self._rest)
            self._rest = None
        position = 0
        while True:
            found = self._frame_at(data, position)
            if found is None:
                break
            first, payload, position = found
            whole = self._collect(first, payload)
            if whole is not None:
                yield whole
        if position < len(data):
            self._rest = bytearray(memoryview(data)[position:])

    def _frame_at(self, data: bytes, position: int) -> tuple[int, bytes, int] | None:
        """Return (first byte, payload, end) of the frame at `position`, None while incomplete."""
        available = len(data) - position
        if available < 2:
            return None
        first, second = data[position], data[position + 1]
        size = second & 0x7F
        self._check_header(first, second, size)
        start = position + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            if available < 2 + width:
                return None
            size = int.from_bytes(data[start : start + width])
            start += width
        if size + len(self._message or b"") > self._limit and not first & 0x8:
            raise FrameError(TOO_BIG, "message too big")
        end = start + 4 + size
        if len(data) < end:
            return None
        return first, _websocket_mask(data[start : start + 4], data[start + 4 : end]), end

    def _check_header(self, first: int, second: int, size: int) -> None:
        opcode = first & 0x0F
        if first & _RSV or opcode not in _OPCODES:
            raise FrameError(PROTOCOL_ERROR, "reserved bits or opcode")
        if not second & _MASKED:
            raise FrameError(PROTOCOL_ERROR, "frame without mask")
        if opcode & 0x8:
            if size > 125 or not first & _FIN:
                raise FrameError(PROTOCOL_ERROR, "control frame long or fragmented")
        elif (opcode == CONTINUATION) != (self._message is not None):
            raise FrameError(PROTOCOL_ERROR, "fragment out of place")

    def _collect(self, first: int, payload: bytes) -> tuple[int, bytes] | None:
        opcode = first & 0x0F
        if opcode & 0x8 or (first & _FIN and self._message is None):
            return opcode, payload
        if self._message is None:
            self._message, self._opcode, self._fragments = bytearray(), opcode, 0
        self._message += payload
        self._fragments += 1
        if self._fragments > MAX_FRAGMENTS:
            raise FrameError(PROTOCOL_ERROR, "too many fragments")
        if not first & _FIN:
            return None
        whole = bytes(self._message)
        self._message = None
        return self._opcode, whole
