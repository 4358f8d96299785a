"""Who may do what: a table, and every combination against it."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.properties import thorough
from tornchat.access.identity import Identity, Permit
from tornchat.access.policy import RoomRules, grants
from tornchat.access.roles import ROLES, highest, upto

TABLE = {
    #                       guest   guests off  member  member, sites named
    "public":    ("read write", "read", "read write", "read write"),
    "read-only": ("read",       "read", "read write", "read write"),
    "private":   ("",           "",     "",           "read write"),
}  # fmt: skip
"""What each may do by itself, without a permit or an invite."""

BLOGGER = Identity("m_1", "member", site="blog", issued=100.0)


def allowed(identity: Identity, access: str = "public", **rules: object) -> str:
    found = grants(RoomRules("den", access, **{"guests": True, **rules}), identity, None)  # type: ignore[arg-type]
    return " ".join(role for role in ROLES if role in found)


def permits(**patterns: str) -> tuple[Permit, ...]:
    return tuple(
        Permit(name.replace("_", "-").replace("ANY", "*"), upto(role))
        for name, role in patterns.items()
    )


@pytest.mark.parametrize("access", TABLE)
def test_policy_of_the_room_says_what_each_may_do(access: str) -> None:
    guest, no_guests, member, named = TABLE[access]
    assert allowed(Identity("g_1"), access) == guest
    assert allowed(Identity("g_1"), access, guests=False) == no_guests
    assert allowed(BLOGGER, access) == member
    assert allowed(BLOGGER, access, guests=False, sites=("shop", "blog")) == named
    assert allowed(Identity("a_1", "admin"), access) == "read write moderate admin"
    assert allowed(Identity("b_1", "bot", permits=()), access) == ""


def test_access_that_is_none_grants_nothing() -> None:
    assert allowed(BLOGGER, "Public") == ""
    assert allowed(Identity("g_1"), "") == ""


def test_member_of_another_site_counts_as_a_guest() -> None:
    assert allowed(BLOGGER, sites=("shop",), guests=False) == "read"
    assert allowed(BLOGGER, "read-only", sites=("shop",)) == "read"
    assert allowed(BLOGGER, "private", sites=("shop",)) == ""


def test_permits_take_the_place_of_the_policy() -> None:
    reader = Identity("m_1", "member", site="blog", permits=permits(den="read"))
    moderator = Identity("m_1", "member", site="blog", permits=permits(dANY="moderate", den="read"))
    assert allowed(reader) == "read"
    assert allowed(reader, "private") == "read"
    assert allowed(moderator, "private") == "read write moderate"


def test_token_of_one_room_is_nothing_in_another() -> None:
    elsewhere = Identity("m_1", "member", site="blog", permits=permits(hall="admin"))
    assert [allowed(elsewhere, access) for access in TABLE] == ["", "", ""]


def test_permits_of_another_site_count_for_nothing() -> None:
    outsider = Identity("m_1", "member", site="blog", permits=permits(den="admin"))
    assert allowed(outsider, "private", sites=("shop",)) == ""
    assert allowed(outsider, "public", sites=("shop",), guests=False) == "read"


def test_key_needs_no_site() -> None:
    key = Identity("b_1", "bot", permits=permits(den="write"), key_id=1)
    assert allowed(key, "private", sites=("shop",), rotated=1e9) == "read write"


@pytest.mark.parametrize("rotated", [0.0, 99.0, 100.0])
def test_token_of_after_a_rotation_is_good(rotated: float) -> None:
    assert allowed(BLOGGER, "private", sites=("blog",), rotated=rotated) == "read write"


def test_token_of_before_a_rotation_is_void() -> None:
    named = Identity("m_1", "member", site="blog", permits=permits(den="admin"), issued=100.0)
    for identity in (BLOGGER, named):
        assert allowed(identity, "private", sites=("blog",), rotated=101.0) == ""
        assert allowed(identity, "public", guests=False, rotated=101.0) == "read"


def test_invite_adds_to_whatever_holds() -> None:
    private = RoomRules("den", "private", guests=False)
    assert grants(private, Identity("g_1"), "write") == {"read", "write"}
    assert grants(RoomRules("den", "public", True), BLOGGER, "read") == {"read", "write"}
    assert grants(private, Identity("g_1"), "owner") == frozenset()


def test_roles_hold_the_ones_below() -> None:
    assert upto("moderate") == {"read", "write", "moderate"}
    assert (upto("own"), upto("")) == (frozenset(), frozenset())
    assert [highest(upto(role)) for role in ROLES] == list(ROLES)
    assert highest(frozenset()) is None


# ── the same against a model ────────────────────────────────────────────────────────────────────

RULES = st.builds(
    RoomRules,
    name=st.sampled_from(["den", "support-1", "x"]),
    access=st.sampled_from([*TABLE, "junk"]),
    guests=st.booleans(),
    sites=st.lists(st.sampled_from(["blog", "shop"]), unique=True).map(tuple),
    rotated=st.sampled_from([0.0, 100.0, 101.0]),
)
PERMITS = st.lists(
    st.builds(
        Permit,
        st.sampled_from(["den", "support-*", "*", "d*n", "y", "support-1"]),
        st.sampled_from(["", *ROLES]).map(upto),
    ),
    max_size=3,
).map(tuple)
IDENTITIES = st.one_of(
    st.builds(Identity, st.just("g_1"), st.just("guest")),
    st.builds(
        Identity,
        st.just("m_1"),
        st.just("member"),
        site=st.sampled_from(["blog", "shop"]),
        permits=st.none() | PERMITS,
        issued=st.sampled_from([99.0, 100.0, 101.0]),
    ),
    st.builds(Identity, st.just("b_1"), st.just("bot"), permits=st.none() | PERMITS),
    st.builds(Identity, st.just("a_1"), st.just("admin"), permits=st.none() | PERMITS),
)


@thorough
@given(RULES, IDENTITIES, st.none() | st.sampled_from([*ROLES, "junk"]))
@example(RoomRules("den", "private", True, ("blog",), 101.0), BLOGGER, "admin")
def test_nothing_is_granted_that_the_table_denies(
    rules: RoomRules, identity: Identity, invited: str | None
) -> None:
    found = grants(rules, identity, invited)
    assert found == _by_table(rules, identity, invited)
    assert found in [frozenset(), *map(upto, ROLES)]


@thorough
@given(RULES, IDENTITIES, st.sampled_from([0.0, 100.0, 101.0, 200.0]))
def test_rotation_never_gives_anything(rules: RoomRules, who: Identity, rotated: float) -> None:
    later = RoomRules(
        rules.name, rules.access, rules.guests, rules.sites, max(rotated, rules.rotated)
    )
    assert grants(later, who, None) <= grants(rules, who, None)


def _by_table(rules: RoomRules, identity: Identity, invited: str | None) -> set[str]:
    """Look it up, without any of the code under test but the order of the roles."""
    below = {role: set(ROLES[: ROLES.index(role) + 1]) for role in ROLES}
    if identity.kind == "admin" and identity.permits is None:
        return below["admin"]
    row = dict(
        zip(
            ("guest", "no guests", "member", "named"),
            TABLE.get(rules.access, [""] * 4),
            strict=True,
        )
    )
    guest = row["guest" if rules.guests else "no guests"]
    by_permit = {
        role
        for permit in identity.permits or ()
        if fnmatchcase(rules.name, permit.pattern)
        for role in permit.roles
    }
    believed = identity.site is None or (
        identity.issued >= rules.rotated and (not rules.sites or identity.site in rules.sites)
    )
    if identity.kind == "admin":
        return by_permit
    if identity.permits is not None:
        own = by_permit if believed else by_permit & set(guest.split())
    elif identity.kind == "member" and believed:
        own = set(row["named" if rules.sites else "member"].split())
    else:
        own = set() if identity.kind == "bot" else set(guest.split())
    return own | below.get(invited or "", set())
