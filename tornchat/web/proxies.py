"""Who is really asking, where a proxy asks on behalf of others.

It knows nothing of requests beyond the headers it is given.
"""

import ipaddress
from collections.abc import Sequence

from tornchat.config import Network


class Proxies:
    """The proxies whose word on addresses counts.

    A header of anybody else's is ignored: it is written as easily as any other.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks

    def trusts(self, address: str) -> bool:
        """Return whether a peer is one of the proxies."""
        found = _parse(address)
        return found is not None and any(found in network for network in self._networks)

    def client(self, peer: str, forwarded_for: str) -> str:
        """Return the address behind a chain of hops, nearest last (`X-Forwarded-For`).

        That is the last hop that is no proxy of ours. Behind junk nothing can be believed, so the
        hop that passed it on counts.
        """
        address = peer
        for hop in reversed(forwarded_for.split(",")):
            found = _parse(hop.strip())
            if found is None:
                break
            address = str(found)
            if not self.trusts(address):
                break
        return address

    @staticmethod
    def scheme(forwarded_proto: str, otherwise: str) -> str:
        """Return the scheme the nearest proxy was asked by (`X-Forwarded-Proto`)."""
        found = forwarded_proto.rpartition(",")[2].strip().lower()
        return found if found in ("http", "https") else otherwise


def place(address: str) -> str:
    """Return what limits count by: an IPv4 address, or the /64 that one IPv6 household has."""
    found = _parse(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found) if found else address


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
