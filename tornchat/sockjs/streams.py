"""The few looks into Tornado's connections that have no public way, in one place."""

import asyncio
from typing import cast

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream


class Stall:
    """Tells how long a stream that has something to write has made no progress at all.

    Tornado says when a write is complete, which for a large write to a slow but living peer may be
    long after the last byte moved; so the count of bytes written is read from the stream.
    """

    __slots__ = ("_done", "_since", "_stream")

    def __init__(self, stream: IOStream, now: float) -> None:
        self._stream = stream
        self._done = stream._total_write_done_index
        self._since = now

    def lasts(self, now: float) -> float:
        """Return the seconds without progress, as far as earlier calls could see."""
        done = self._stream._total_write_done_index
        if done != self._done:
            self._done, self._since = done, now
        return now - self._since


def stream_of(request: HTTPServerRequest) -> IOStream:
    """Return the stream a request came on."""
    return _connection(request).stream


def last_write(request: HTTPServerRequest) -> "asyncio.Future[None] | None":
    """Return the future of the last write of a response, which fails where the peer has gone.

    Tornado's future of a flush succeeds for a closed stream as well.
    """
    return _connection(request)._pending_write


def close_after(request: HTTPServerRequest) -> None:
    """Have the connection closed after the response, whatever the client asked for.

    For a body that has neither chunks nor a length (HTTP/1.0), only the end of the connection ends
    it. Tornado decides about keep-alive before the handler runs.
    """
    _connection(request)._disconnect_on_finish = True
    request.headers["Connection"] = "close"


def _connection(request: HTTPServerRequest) -> HTTP1Connection:
    return cast(HTTP1Connection, request.connection)
