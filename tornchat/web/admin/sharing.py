"""What an operator copies to let people in: addresses and links.

It knows nothing of who may come in.
"""


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
