"""Where somebody asks from, as far as limits and bans count it.

It knows nothing of sockets or of proxies.
"""

import ipaddress


def parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address, an IPv4 one in IPv6's clothes as IPv4; None for what is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def place(address: str) -> str:
    """Return what limits count by: an IPv4 address, or the /64 that one IPv6 household has."""
    found = parse(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found) if found else address
