"""SockJS on sockjs-tornado, hardened and fast.

Reading order: settings, session, router, timer; over WebSocket: wsframes, handshake, writing,
websocket; over HTTP: endpoint, polling, responses, sending. `stock` says what is used of the
library. Nothing here knows of chat.
"""

from tornchat.sockjs.router import SockJSRouter
from tornchat.sockjs.session import ConnectionInfo, Service, Session
from tornchat.sockjs.settings import SockJSSettings, same_origin

__all__ = [
    "ConnectionInfo",
    "Service",
    "Session",
    "SockJSRouter",
    "SockJSSettings",
    "same_origin",
]
