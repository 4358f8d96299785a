"""Who may do what, as one table."""

import pytest

from tornchat.access.policy import grants
from tornchat.protocol import Person


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
    person = Person("p", "Ann", verified=kind != "guest", kind=kind)
    assert grants(access, guests, person) == frozenset(allowed.split())
