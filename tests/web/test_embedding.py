"""Which pages may show a room in a frame."""

from pathlib import Path

import pytest

from tests.web.serving import FakeHub, FakeRoom, config, site
from tornchat.config import Config, load
from tornchat.web.embedding import ancestors, frame_headers
from tornchat.web.headers import SECURITY_HEADERS
from tornchat.web.site import Site

FILE = """
[server]
base_url = https://chat.example/sub
origins = https://friend.example
[site shop]
key_file = shop.key
origins = https://shop.example, http://shop.example:8080
rooms = shop-*, lobby
[site blog]
key_file = shop.key
origins = https://blog.example
"""
OWN = "'self'", "https://chat.example"


@pytest.fixture
def found(tmp_path: Path) -> Config:
    (tmp_path / "shop.key").write_bytes(b"k" * 32)
    (tmp_path / "tornchat.conf").write_text(FILE)
    return load(tmp_path / "tornchat.conf", {}, {})


def sources(config: Config, room: FakeRoom | None, *everywhere: str) -> set[str]:
    value = ancestors(config, room, everywhere).split()
    assert len(value) == len(set(value))
    return set(value)


def told(served: Site, name: str, referer: str = "") -> str:
    """Return who may show a room, as its frame says; the rest of the policy is every page's."""
    policy = frame_headers(served, served.hub.record(name), referer)["Content-Security-Policy"]
    rest, _, found = policy.partition("frame-ancestors ")
    assert rest == SECURITY_HEADERS["Content-Security-Policy"].partition("frame-ancestors")[0]
    return found


def test_nothing_listed_means_our_own_pages_only() -> None:
    assert ancestors(config(), FakeRoom("a", "A"), ["https://b.example"]) == "'self'"
    assert ancestors(config(), None, []) == "'self'"


def test_room_may_be_shown_by_its_sites_the_server_s_list_and_its_own(found: Config) -> None:
    general = {*OWN, "https://friend.example", "https://blog.example"}
    shop = {"https://shop.example", "http://shop.example:8080"}
    others = ("https://b.example",)
    assert sources(found, FakeRoom("lobby", "Lobby"), *others) == general | shop
    assert sources(found, FakeRoom("news", "News"), *others) == general, "the shop has no say here"
    of_shop = FakeRoom("shop-1", "Shop", sites=("shop",))
    assert sources(found, of_shop, *others) == (general | shop) - {"https://blog.example"}
    room = FakeRoom("a", "A", origins=("https://a.example",), sites=("shop",))
    assert sources(found, room, *others) == {*OWN, "https://friend.example", "https://a.example"}


def test_private_room_and_none_have_the_same_list(found: Config) -> None:
    rooms = [
        FakeRoom("a", "A", origins=("https://a.example",)),
        FakeRoom("b", "B", access="private", origins=("https://b.example",), sites=("shop",)),
    ]
    served = site(found, hub=FakeHub(rooms))
    hidden = told(served, "b")
    assert hidden == told(served, "nowhere")
    listed = {"https://a.example", "https://b.example", "https://blog.example"}
    assert listed | {*OWN, "https://shop.example"} <= set(hidden.split())


def test_list_too_long_for_a_header_names_the_page_that_asks_alone(found: Config) -> None:
    many = [f"https://customer-{number}.example" for number in range(200)]
    rooms = [FakeRoom(f"r{n}", "R", access="private", origins=(o,)) for n, o in enumerate(many)]
    served = site(found, hub=FakeHub(rooms))
    assert told(served, "r7", f"{many[9]}/page") == told(served, "nowhere", f"{many[9]}/?x")
    assert set(told(served, "r7", f"{many[9]}/page").split()) == {*OWN, many[9]}
    for referer in ("", "https://evil.example/", "https://customer-9.example.evil/", "'self' *"):
        assert set(told(served, "r7", referer).split()) == set(OWN)
    few = site(found, hub=FakeHub(rooms[:3]))
    assert many[0] in told(few, "r1", "https://evil.example/"), "the list is whole"
