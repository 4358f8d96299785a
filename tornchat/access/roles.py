"""The roles in their order, each of which includes the ones below it.

It knows nothing of who has which.
"""

from collections.abc import Set
from typing import Final, Literal, get_args

Role = Literal["read", "write", "moderate", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""Ascending."""

_UPTO: Final[dict[str, frozenset[str]]] = {
    role: frozenset(ROLES[: rank + 1]) for rank, role in enumerate(ROLES)
}


def upto(role: str) -> frozenset[str]:
    """Return a role with those below it; nothing for what is no role."""
    return _UPTO.get(role, frozenset())


def highest(grants: Set[str]) -> Role | None:
    """Return the highest role among grants; None where there is none."""
    return next((role for role in reversed(ROLES) if role in grants), None)
