"""Which pages may connect: the rule of PROTOCOL, "Origins"; and which are our own."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}


class Origins:
    """Says of an Origin whether its pages may talk to this server.

    Compared is (scheme, host, port), exactly. The own origin is that of `base_url` where there is
    one, else whatever names the host and port that the request was sent to. `listed` are others
    that may connect; `allow` replaces them. A peer that names no origin is no browser, and allowed;
    `null` never is.
    """

    def __init__(self, base_url: str = "", listed: Iterable[str] = ()) -> None:
        self._own = without_path(base_url)
        self.allow(listed)

    def allow(self, listed: Iterable[str]) -> None:
        """Let these others connect from now on, and no more those from before."""
        known = (_parse(origin) for origin in (self._own, *listed))
        self._known = frozenset(origin for origin in known if origin)

    def allowed(self, origin: str | None, host: str) -> bool:
        """Return whether a request is allowed. `origin`, `host`: the headers as they came."""
        if origin is None:
            return True
        parsed = _parse(origin)
        if parsed is None:
            return False
        if parsed in self._known:
            return True
        return not self._own and parsed[1:] == _authority(host, _PORTS[parsed[0]])


def is_own(origin: str | None, host: str, base_url: str) -> bool:
    """Return whether a form comes from a page of ours, if its browser names an origin at all.

    Ours are `base_url` and the host that the request was sent to: somebody at the machine itself
    may use another address than the public one.
    """
    if origin is None:
        return True
    parsed = _parse(origin)
    if parsed is None:
        return False
    return parsed == _parse(without_path(base_url)) or (
        parsed[1:] == _authority(host, _PORTS[parsed[0]])
    )


def without_path(base_url: str) -> str:
    return "/".join(base_url.split("/", 3)[:3])


def _parse(origin: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of what a browser sends as Origin; None for anything else."""
    scheme, separator, rest = origin.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _PORTS:
        return None
    authority = _authority(rest, _PORTS[scheme])
    return (scheme, *authority) if authority else None


def _authority(text: str, default_port: int) -> tuple[str, int] | None:
    if not text.isascii() or not text.isprintable() or set(text) & set("/\\?#@ ,%"):
        return None
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or text.endswith(":"):
        return None
    return parts.hostname, default_port if port is None else port
