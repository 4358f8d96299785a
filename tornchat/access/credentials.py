"""One answer to whatever a client presents as its token.

It knows nothing of API keys and invites, which are looked up and not read.
"""

from tornchat.access import admintokens, guest, jose
from tornchat.access.admintokens import AdminTokens
from tornchat.access.guest import GuestTokens
from tornchat.access.identity import Identity
from tornchat.access.site import SiteTokens


class Credentials:
    """Tells tokens of guests, of sites and of the admin page apart, and reads any of them.

    `sites` may be replaced. Without `admins` nobody comes from the admin page.
    """

    def __init__(
        self, guests: GuestTokens, sites: SiteTokens, admins: AdminTokens | None = None
    ) -> None:
        self._guests = guests
        self._admins = admins
        self.sites = sites

    def read(self, token: str) -> Identity:
        """Return who a token says its bearer is; a guest where it says nothing that holds.

        Raises InvalidSiteToken for a JWT that is not a guest's and cannot be believed, and for
        whatever is larger than 4 KiB; TokenExpired for one that is over.
        """
        jose.check_size(token)
        header = jose.header(token)
        if header is None:
            return Identity(None)
        if guest.is_header(header) and "iss" not in (jose.claims(token) or {}):
            return Identity(self._guests.read(token))
        if self._admins is not None and admintokens.is_header(header):
            return self._admins.read(token)
        return self.sites.read(token)
