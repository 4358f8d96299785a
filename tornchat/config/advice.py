"""What is right in a configuration and yet deserves a second look.

It looks at values and at the permissions of files, and knows nothing of a running server.
"""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tornchat.config.model import Config


def advice(config: Config) -> Iterator[str]:
    """Yield what an operator had better change, a line each: where, what and why."""
    server = config.server
    if server.base_url and not server.trusted_proxies and not server.tls_cert:
        yield (
            "[server] trusted_proxies: empty, while base_url is set; behind a proxy everybody "
            "would count as one address"
        )
    if _in_the_clear(server.base_url):
        yield "[server] base_url: http carries tokens and messages in the clear; use https"
    elif signs_in_over_http(config):
        yield (
            "[server] listen: other machines would sign in to the admin page over http; serve "
            "https (tls_cert, or a proxy and base_url)"
        )
    for section, origin in _origins(config):
        if _in_the_clear(origin):
            yield f"[{section}] origins: {origin} can be forged on the way; use https"
    for where, path in _secrets(config):
        mode = _mode(path)
        if mode & 0o077:
            yield f"{where}: {path} has mode {mode:04o}, open to others than its owner: chmod 600"


def signs_in_over_http(config: Config) -> bool:
    """Return whether passwords and cookies of the admin page may travel in the clear."""
    server = config.server
    if server.https:
        return False
    host = server.listen.host
    return _in_the_clear(server.base_url) or not (_is_loopback(host) or host == "localhost")


def _in_the_clear(address: str) -> bool:
    """Return whether an address is http and leads to another machine."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return parts.scheme == "http" and not (_is_loopback(host) or f".{host}".endswith(".localhost"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origins(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the pages of others that show rooms or connect, each with its section."""
    sections = [(f"site {site.name}", site.origins) for site in config.site]
    sections += [(f"room {r.name}", r.origins) for r in (*config.room, *config.room_patterns)]
    for section, origins in sections:
        yield from ((section, origin) for origin in origins)


def _secrets(config: Config) -> Iterator[tuple[str, Path]]:
    yield "[server] secret_key_file", config.server.secret_key_file
    if config.server.tls_key:
        yield "[server] tls_key", config.server.tls_key
    if config.admin.password_file:
        yield "[admin] password_file", config.admin.password_file
    for site in config.site:
        for file in site.key_file:
            yield f"[site {site.name}] key_file", file.path


def _mode(path: Path) -> int:
    """Return the permissions of a file, 0 where there is none yet."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0
