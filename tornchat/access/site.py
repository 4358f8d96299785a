"""Identities that a site's back end signs for its visitors: which are believed, and why not.

It knows nothing of guests, of configuration files or of what an identity may do in a room.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Any, Final

import jwt

from tornchat.access import jose
from tornchat.access.claims import Claims
from tornchat.access.errors import InvalidSiteToken, TokenExpired
from tornchat.access.identity import Identity, Permit
from tornchat.access.patterns import covers
from tornchat.access.roles import upto

AUDIENCE: Final = "tornchat"
LEEWAY: Final = 30
"""Seconds by which the clocks of two servers may differ."""
MAX_LIFETIME: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Site:
    """A site whose tokens are believed.

    `keys` maps a `kid` to a key of at least 32 bytes; two live ones make a rotation. `rooms` are
    the names and patterns that its tokens may speak about, `("*",)` for all.
    """

    name: str
    keys: Mapping[str, bytes]
    rooms: tuple[str, ...] = ("*",)

    def allows(self, pattern: str) -> bool:
        """Say whether a token may speak about the rooms of a pattern."""
        return any(covers(own, pattern) for own in self.rooms)


class SiteTokens:
    """Reads the tokens of all sites.

    `clock` gives UTC seconds; `person_id` makes the id of a person from the site's name and the
    site's own word for them. Raises ValueError for a key that is too short.
    """

    def __init__(
        self,
        sites: Sequence[Site],
        clock: Callable[[], float],
        person_id: Callable[[str, str], str],
    ) -> None:
        for site in sites:
            for kid, key in site.keys.items():
                if len(key) < jose.MIN_KEY_SIZE:
                    expected = f"expected a key of {jose.MIN_KEY_SIZE} bytes, got {len(key)}"
                    raise ValueError(f"[site {site.name}] {kid}: {expected}")
        self._sites = {site.name: site for site in sites}
        self._clock = clock
        self._person_id = person_id
        self._jws = jwt.PyJWS(
            [jose.ALGORITHM], {"verify_signature": True, "enforce_minimum_key_length": True}
        )

    def read(self, token: str) -> Identity:
        """Return the identity that a token proves.

        Raises InvalidSiteToken for one that cannot be believed, saying what was expected and what
        came, and TokenExpired for one that was good and is over.
        """
        jose.check_size(token)
        kid = _key_id(jose.header(token))
        claims = Claims(jose.claims(token))
        site = self._sites.get(claims.text("iss", 64))
        if site is None:
            raise InvalidSiteToken("iss: expected the name of a [site] here, got another")
        self._verify(token, site, kid)
        return self._identity(site, claims)

    def _verify(self, token: str, site: Site, kid: str) -> None:
        key = site.keys.get(kid)
        if key is None:
            raise InvalidSiteToken(f"kid: expected one of the keys of site {site.name!r}")
        try:
            self._jws.decode(token, key, [jose.ALGORITHM])
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            raise InvalidSiteToken(f"token: not signed by key {kid!r} of the site") from None

    def _identity(self, site: Site, claims: Claims) -> Identity:
        claims.audience(AUDIENCE)
        sub = claims.text("sub", 256)
        issued, expires = self._times(claims)
        identity = Identity(
            person_id=self._person_id(site.name, sub),
            kind="member",
            name=claims.name(),
            badge=claims.badge(),
            site=site.name,
            permits=_permits(site, claims),
            issued=float(issued),
            expires=float(expires),
        )
        if expires + LEEWAY <= self._clock():
            raise TokenExpired("exp: the token has expired, come back with a new one")
        return identity

    def _times(self, claims: Claims) -> tuple[int, int]:
        """Return `iat` and `exp`; whether the token has expired is asked last of all."""
        latest = self._clock() + LEEWAY
        issued, expires = claims.time("iat"), claims.time("exp")
        if issued > latest:
            raise InvalidSiteToken("iat: expected a time that has come, got one in the future")
        if "nbf" in claims and claims.time("nbf") > latest:
            raise InvalidSiteToken("nbf: expected a time that has come, got one in the future")
        if expires - issued > MAX_LIFETIME:
            raise InvalidSiteToken(f"exp: expected at most {MAX_LIFETIME} seconds after iat")
        return issued, expires


def person_id(secret: bytes, site: str, sub: str) -> str:
    """Return the id of a site's person: stable, and without the secret it says nothing of `sub`."""
    key = sha256(secret).digest()
    digest = blake2b(f"{site}\0{sub}".encode(), key=key, digest_size=8, person=b"tornchat-member")
    return f"m_{digest.hexdigest()}"


def _key_id(header: dict[str, Any] | None) -> str:
    """Return the name of the key that a header asks for; raises where it asks for more."""
    if header is None:
        raise InvalidSiteToken("token: expected a JSON Web Token")
    if header.get("alg") != jose.ALGORITHM:
        raise InvalidSiteToken(f"alg: expected {jose.ALGORITHM}, got another")
    if not header.keys() <= jose.FIELDS:
        raise InvalidSiteToken(f"header: expected only {', '.join(sorted(jose.FIELDS))}")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise InvalidSiteToken("kid: expected the name of a key, got none")
    return kid


def _permits(site: Site, claims: Claims) -> tuple[Permit, ...] | None:
    """Return what the token permits, without the rooms that the site may not speak about."""
    rooms = claims.rooms()
    if rooms is not None:
        return tuple(
            Permit(pattern, frozenset().union(*map(upto, roles)))
            for pattern, roles in rooms.items()
            if site.allows(pattern)
        )
    if "*" in site.rooms:
        return None
    return tuple(Permit(pattern, upto("write")) for pattern in site.rooms)
