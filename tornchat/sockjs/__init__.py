"""SockJS on sockjs-tornado, hardened and fast.

Reading order: settings, session, router; then wsframes and websocket, polling, endpoint and
transports; stock says what is left of the library. Nothing here knows of chat.
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
