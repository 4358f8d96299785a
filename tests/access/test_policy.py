"""Who may do what, as one table."""

import pytest

from tornchat.access.identity import Identity
from tornchat.access.policy import RoomRules, grants


@pytest.mark.parametrize(
    ("access", "guests", "kind", "allowed"),
    [
        ("public", True, "guest", "read write"),
        ("public", False, "guest", "read"),
        ("public", False, "member", "read write"),
        ("read-only", True, "guest", "read"),
        ("read-only", False, "guest", "read"),
        ("read-only", True, "member", "read write"),
        ("private", True, "guest", ""),
        ("private", True, "member", ""),
        ("nonsense", True, "member", ""),
        ("private", False, "admin", "read write moderate admin"),
    ],
)
def test_policy_grants(access: str, guests: bool, kind: str, allowed: str) -> None:
    identity = Identity("p", kind, site="blog" if kind == "member" else None)
    assert grants(RoomRules("den", access, guests), identity, None) == set(allowed.split())
