"""Links as somebody can open them; it knows nothing of what they lead to."""

from typing import Final

import click

from tornchat.cli import options
from tornchat.config import Address

_EVERYWHERE: Final = ("", "0.0.0.0", "::")


def absolute(ctx: click.Context, link: str) -> str:
    """Return a link that begins with an address: where there is no base_url, with `listen`.

    A server that takes any free port is known to itself only: then the link stays relative.
    """
    server = options.settings(ctx).config().server
    if server.base_url or not server.listen.port:
        return link
    host = "localhost" if server.listen.host in _EVERYWHERE else server.listen.host
    scheme = "https" if server.tls_cert else "http"
    return f"{scheme}://{Address(host, server.listen.port)}/{link}"
