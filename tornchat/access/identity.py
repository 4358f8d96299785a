"""Who somebody is, once their token has been read: the value that goes on with the connection.

It knows nothing of how a token is read or of what an identity may do.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["guest", "member", "bot", "admin"]


@dataclass(frozen=True, slots=True)
class Permit:
    """Roles, with those below them, in the rooms of a name or pattern."""

    pattern: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a token says about its bearer, verified.

    `person_id` None: a new guest is to be made. `name` is clean; None where the token has none.
    `site` is the `[site NAME]` that signed. `permits` None leaves it to the policies of the rooms;
    a tuple, an empty one too, restricts to itself. `issued` and `expires` (None: never) are UTC
    seconds. `key_id` is the id of an API key. `session`: the digest (hex) of the session on the
    admin page that the token was made for.
    """

    person_id: str | None
    kind: Kind = "guest"
    name: str | None = None
    badge: str | None = None
    site: str | None = None
    permits: tuple[Permit, ...] | None = None
    issued: float = 0.0
    expires: float | None = None
    key_id: int | None = None
    session: str | None = None

    @property
    def verified(self) -> bool:
        """Whether somebody vouches for this identity; never true for a guest."""
        return self.kind != "guest"
