"""Places: an address, or the /64 of one household."""

from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import thorough
from tornchat.access.places import place


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("junk", "junk"),
    ],
)
def test_limits_count_households(address: str, counted: str) -> None:
    assert place(address) == counted


@thorough
@given(st.integers(0, 2**128 - 1), st.integers(0, 2**64 - 1))
def test_household_is_one_place_whatever_its_hosts(address: int, host: int) -> None:
    one, other = IPv6Address(address), IPv6Address(address >> 64 << 64 | host)
    if not (one.ipv4_mapped or other.ipv4_mapped):
        assert place(str(one)) == place(str(other)) == place(one.exploded)


@thorough
@given(st.text(st.characters()) | st.integers(0, 2**32 - 1).map(lambda n: str(ip_address(n))))
def test_place_of_what_is_no_ipv6_address_is_the_text(address: str) -> None:
    assert place(address) == address
