"""What an operator copies to let people in: addresses, links, and the tag for another site.

It knows nothing of who may come in.
"""

from html import escape


def site_address(base_url: str, protocol: str, host: str) -> str:
    """Return the address of this site without a slash at its end.

    `base_url`, where it is configured; else what a request was sent to.
    """
    return base_url or f"{protocol}://{host}"


def room_address(site: str, room: str) -> str:
    """Return where people open a room."""
    return f"{site}/r/{room}"


def whole_link(site: str, link: str) -> str:
    """Return a link of the verbs with an address: without `base_url` they know none."""
    return link if "://" in link else f"{site}/{link}"


def embed_tag(site: str, room: str) -> str:
    """Return the tag that brings a room into a page of another site (PROTOCOL, "Widget")."""
    source = escape(f"{site}/widget.js")
    return f'<script async src="{source}" data-room="{escape(room)}"></script>'
