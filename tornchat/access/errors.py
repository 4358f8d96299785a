"""The two ways in which a token of a site is refused.

It knows nothing of why; the message says that, in words and without the token.
"""

from tornchat.errors import CloseCode, Unauthorized


class InvalidSiteToken(Unauthorized):
    """A token that claims to be a site's and cannot be believed; coming back with it is useless."""

    close_code = CloseCode.INVALID_SITE_TOKEN


class TokenExpired(Unauthorized):
    """A good token whose time is over; coming back takes a new one."""

    close_code = CloseCode.TOKEN_EXPIRED
