"""Who is really asking, where a proxy asks on behalf of others.

It knows nothing of requests beyond the headers it is given.
"""

from collections.abc import Sequence

from tornchat.access.places import parse
from tornchat.config import Network


class Proxies:
    """The proxies whose word on addresses counts; `networks` may be replaced at any time.

    A header of anybody else's is ignored: it is written as easily as any other.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self.networks = networks

    def trusts(self, address: str) -> bool:
        """Return whether a peer is one of the proxies."""
        found = parse(address)
        return found is not None and any(found in network for network in self.networks)

    def client(self, peer: str, forwarded_for: str) -> str:
        """Return the address behind a chain of hops, nearest last (`X-Forwarded-For`).

        That is the last hop that is no proxy of ours. Behind junk nothing can be believed, so the
        hop that passed it on counts.
        """
        address = peer
        for hop in reversed(forwarded_for.split(",")):
            found = parse(hop.strip())
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
