"""The parts of sockjs-tornado 1.0.7 that this package builds on, imported in one place.

The library has no types and was written for Tornado 2 to 5; everything here is overridden where it
matters, and each override says what it mends.
"""

import warnings

with warnings.catch_warnings():
    # Its `@asynchronous` warns at import about a decorator that Tornado 6 no longer has.
    warnings.simplefilter("ignore")
    from sockjs.tornado import SockJSRouter
    from sockjs.tornado.session import BaseSession
    from sockjs.tornado.static import (
        GreetingsHandler,
        InfoHandler,
    )
    from sockjs.tornado.transports import (
        EventSourceTransport,
        RawWebSocketTransport,
        WebSocketTransport,
        XhrPollingTransport,
        XhrSendHandler,
        XhrStreamingTransport,
    )

__all__ = [
    "BaseSession",
    "EventSourceTransport",
    "GreetingsHandler",
    "InfoHandler",
    "RawWebSocketTransport",
    "SockJSRouter",
    "WebSocketTransport",
    "XhrPollingTransport",
    "XhrSendHandler",
    "XhrStreamingTransport",
]
