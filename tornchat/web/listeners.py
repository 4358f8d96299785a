"""The sockets to listen on, and what can go wrong with them, said in one line."""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

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
    """Return listening sockets, one for each address the name has. Raises ListenError."""
    found: list[socket.socket] = []
    try:
        for family, host in _hosts(address):
            port = found[0].getsockname()[1] if found else address.port
            with _skipping_what_this_machine_lacks(bool(found)):
                found.append(_bind(family, host, port))
    except OSError as error:
        for listening in found:
            listening.close()
        reason = _REASONS.get(error.errno or 0) or os.strerror(error.errno or 0)
        raise ListenError(f"cannot listen on {address}: {reason}") from error
    return found


def _hosts(address: Address) -> list[tuple[int, str]]:
    """Return the addresses to listen on, IPv4 first."""
    try:
        infos = socket.getaddrinfo(
            address.host or None, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise ListenError(f"cannot listen on {address}: no such host") from error
    return sorted({(int(family), str(name[0])) for family, _, _, _, name in infos})


def _bind(family: int, host: str, port: int) -> socket.socket:
    listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listening.setblocking(False)
    return listening


@contextmanager
def _skipping_what_this_machine_lacks(enough: bool) -> Iterator[None]:
    """Do without IPv6 where it is switched off, as in many containers."""
    try:
        yield
    except OSError as error:
        if not enough or error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            raise


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
