"""WebSocket frames and a client by hand (RFC 6455), so that every bit of a frame may be wrong."""

import asyncio
import base64
import contextlib
import os
import struct
from dataclasses import dataclass

from tests.kit.http import Body, Headers, read_head, request_bytes
from tests.kit.wire import CLOSE_PATIENCE, Closed, OpenFailed, Wire, losses

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
ZERO_KEY = b"\0\0\0\0"


@dataclass(frozen=True, slots=True)
class WsFrame:
    """A frame as it was read."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0
    masked: bool = False

    @property
    def close_code(self) -> int:
        """The code of a close frame; 1005 where it has none."""
        return struct.unpack("!H", self.payload[:2])[0] if len(self.payload) >= 2 else 1005

    @property
    def close_reason(self) -> str:
        return self.payload[2:].decode("utf-8", "replace")


def encode_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    key: bytes | None = None,
    declared: int | None = None,
    length_form: int | None = None,
) -> bytes:
    """Return a frame as bytes, malformed if one likes.

    `rsv`: the three reserved bits (4 is RSV1). `declared`: a length other than that of `payload`.
    `length_form`: 7, 16 or 64 bits for the length, the shortest by default.
    """
    size = len(payload) if declared is None else declared
    form = length_form or (7 if size < 126 else 16 if size < 65536 else 64)
    short = {7: size, 16: 126, 64: 127}[form]
    head = struct.pack("!BB", fin << 7 | rsv << 4 | opcode, masked << 7 | short)
    head += {7: b"", 16: struct.pack("!H", size & 0xFFFF), 64: struct.pack("!Q", size)}[form]
    if not masked:
        return head + payload
    key = os.urandom(4) if key is None else key
    return head + key + mask(payload, key)


def mask(payload: bytes, key: bytes) -> bytes:
    """Return the payload masked, or unmasked, with a key of four bytes."""
    if key == ZERO_KEY or not payload:
        return payload
    repeated = (key * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return mixed.to_bytes(len(payload), "big")


def close_payload(code: int, reason: str | bytes = "") -> bytes:
    """Return what a close frame holds."""
    return struct.pack("!H", code) + (reason.encode() if isinstance(reason, str) else reason)


class WebSocket:
    """A client's end of a WebSocket.

    Pings are answered while messages are read, unless `answer_pings` is set to False; `pings` and
    `pongs` count what came. `wire` takes raw bytes: `await socket.wire.write(b"…")`.
    """

    def __init__(self, wire: Wire, *, answer_pings: bool = True) -> None:
        self.wire = wire
        self.answer_pings = answer_pings
        self.pings = 0
        self.pongs = 0

    async def shake_hands(self, host: str, path: str, headers: Headers = ()) -> None:
        """Ask for the upgrade; `headers` replace ours. Raises OpenFailed where it is refused."""
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
        }
        await self.wire.write(request_bytes("GET", path, host, {**upgrade, **dict(headers)}))
        head = await read_head(self.wire)
        if head.status != 101:
            raise OpenFailed(head.status, await Body(self.wire, head).rest())

    async def send_frame(
        self,
        opcode: int,
        payload: bytes = b"",
        *,
        fin: bool = True,
        rsv: int = 0,
        masked: bool = True,
    ) -> None:
        """Send one frame."""
        frame = encode_frame(opcode, payload, fin=fin, rsv=rsv, masked=masked)
        await self.wire.write(frame)

    async def send_text(self, text: str, *, pieces: int = 1) -> None:
        """Send a text message, in so many fragments (cut without regard to characters)."""
        payload = text.encode()
        size = max(1, -(-len(payload) // pieces))
        for number in range(pieces):
            part = payload[number * size : (number + 1) * size]
            opcode = TEXT if number == 0 else CONTINUATION
            await self.send_frame(opcode, part, fin=number == pieces - 1)

    async def ping(self, payload: bytes = b"") -> None:
        await self.send_frame(PING, payload)

    async def receive_frame(self) -> WsFrame:
        """Return the next frame, of whatever kind, and answer nothing."""
        first, second = await self.wire.read_exactly(2)
        size = second & 127
        if size == 126:
            (size,) = struct.unpack("!H", await self.wire.read_exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self.wire.read_exactly(8))
        masked = bool(second & 128)
        key = await self.wire.read_exactly(4) if masked else ZERO_KEY
        payload = mask(await self.wire.read_exactly(size), key)
        return WsFrame(first & 15, payload, bool(first & 128), first >> 4 & 7, masked)

    async def receive_text(self) -> str:
        """Return the next message, control frames seen to. Raises Closed."""
        parts: list[bytes] = []
        with losses():
            while True:
                frame = await self.receive_frame()
                if frame.opcode >= CLOSE:
                    await self._control(frame)
                    continue
                parts.append(frame.payload)
                if frame.fin:
                    return b"".join(parts).decode()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close by the book; a server that does not answer is given a second."""
        with contextlib.suppress(Closed, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_PATIENCE):
                await self.send_frame(CLOSE, close_payload(code, reason))
                while True:
                    await self.receive_text()
        await self.wire.close()

    async def _control(self, frame: WsFrame) -> None:
        if frame.opcode == PING:
            self.pings += 1
            if self.answer_pings:
                await self.send_frame(PONG, frame.payload)
        elif frame.opcode == PONG:
            self.pongs += 1
        elif frame.opcode == CLOSE:
            with contextlib.suppress(OSError):
                await self.send_frame(CLOSE, frame.payload[:2])
            raise Closed(frame.close_code, frame.close_reason, said=True)
