"""What a person may do in a room: the one place that answers it.

It knows nothing of rooms that are live or of how a person was recognised.
"""

from dataclasses import dataclass
from typing import Final

from tornchat.access.identity import Identity
from tornchat.access.patterns import matches
from tornchat.access.roles import upto

NOTHING: Final[frozenset[str]] = frozenset()
READ: Final = upto("read")
WRITE: Final = upto("write")
EVERYTHING: Final = upto("admin")


@dataclass(frozen=True, slots=True)
class RoomRules:
    """What a room says about who may do what.

    `access`: public, read-only or private. `guests`: whether people without a verified identity
    may write. `sites`: the sites whose members count as such; empty: all. `rotated`: UTC seconds
    before which site tokens are void, 0 for none. `locked`: only who moderates may write.
    """

    name: str
    access: str
    guests: bool
    sites: tuple[str, ...] = ()
    rotated: float = 0.0
    locked: bool = False


def grants(rules: RoomRules, identity: Identity, invited: str | None) -> frozenset[str]:
    """Return what somebody may do in a room, out of read, write, moderate and admin.

    `invited` is the role of an invite that is bound to the person in this room; it adds to
    whatever else holds. An access that is none of the three grants nothing.
    """
    if identity.kind == "admin":
        return EVERYTHING if identity.permits is None else _permitted(rules, identity)
    granted = _granted(rules, identity)
    if invited:
        granted |= upto(invited)
    return granted & READ if rules.locked and "moderate" not in granted else granted


def _granted(rules: RoomRules, identity: Identity) -> frozenset[str]:
    """Return what holds without an invite.

    A site token that is void here makes a guest of its bearer, and what it restricted stays
    restricted: no token is worth more once it is void.
    """
    if not _believed(rules, identity):
        guest = _as_guest(rules)
        return guest if identity.permits is None else guest & _permitted(rules, identity)
    if identity.permits is not None:
        return _permitted(rules, identity)
    if identity.kind == "guest":
        return _as_guest(rules)
    return _as_member(rules) if identity.kind == "member" else NOTHING


def _believed(rules: RoomRules, identity: Identity) -> bool:
    """Say whether the room believes who signed: the right site, after the last rotation."""
    if identity.site is not None and identity.issued < rules.rotated:
        return False
    signed_by_a_site = identity.kind == "member" or identity.site is not None
    return not (signed_by_a_site and rules.sites) or identity.site in rules.sites


def _permitted(rules: RoomRules, identity: Identity) -> frozenset[str]:
    found = (p.roles for p in identity.permits or () if matches(p.pattern, rules.name))
    return NOTHING.union(*found)


def _as_guest(rules: RoomRules) -> frozenset[str]:
    if rules.access == "public":
        return WRITE if rules.guests else READ
    return READ if rules.access == "read-only" else NOTHING


def _as_member(rules: RoomRules) -> frozenset[str]:
    """Return what a member of a site may do; a private room has to name the site."""
    if rules.access == "private":
        return WRITE if rules.sites else NOTHING
    return WRITE if rules.access in ("public", "read-only") else NOTHING
