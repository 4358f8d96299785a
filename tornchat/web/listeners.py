"""The sockets to listen on, and what can go wrong with them, said in one line."""

import errno
import os
import socket
import ssl
from pathlib import Path
from typing import Final

from tornado.netutil import bind_sockets

from tornchat.config import Address
from tornchat.errors import ConfigError, ListenError

BACKLOG: Final = 4096
"""Connections the system may hold until we accept them: everybody comes back after a restart."""
_REASONS: Final = {
    errno.EADDRINUSE: "the port is already in use",
    errno.EACCES: "not allowed to use that port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def listen(address: Address) -> list[socket.socket]:
    """Return listening sockets. Raises ListenError, naming the address."""
    try:
        return bind_sockets(address.port, address.host or None, backlog=BACKLOG)
    except socket.gaierror as error:
        raise ListenError(f"cannot listen on {address}: no such host") from error
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or os.strerror(error.errno or 0)
        raise ListenError(f"cannot listen on {address}: {reason}") from error


def tls_context(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return how to serve https, or None without a certificate. Raises ConfigError."""
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise ConfigError("[server] tls_cert and tls_key: expected both or none")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
    except ssl.SSLError as error:
        reason = error.reason or "not PEM"
        raise ConfigError(
            f"[server] tls_cert, tls_key: expected a PEM certificate and its key, got {cert} and "
            f"{key} ({reason})"
        ) from error
    except OSError as error:
        raise ConfigError(f"[server] tls_cert, tls_key: {error}") from error
    return context
