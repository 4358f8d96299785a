"""Which pages may show a room in a frame."""

from pathlib import Path

import pytest

from tests.web.serving import FakeHub, FakeRoom, config, site
from tornchat.config import Config, load
from tornchat.web.embedding import ancestors, frame_headers

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


def sources(config: Config, room: FakeRoom | None, *others: FakeRoom) -> set[str]:
    rooms = [*others, *([room] if room else [])]
    value = ancestors(config, room, rooms).split()
    assert len(value) == len(set(value))
    return set(value)


def test_nothing_listed_means_our_own_pages_only() -> None:
    assert ancestors(config(), FakeRoom("a", "A"), []) == "'self'"
    assert ancestors(config(), None, []) == "'self'"


def test_room_may_be_shown_by_its_sites_the_server_s_list_and_its_own(found: Config) -> None:
    general = {*OWN, "https://friend.example", "https://blog.example"}
    shop = {"https://shop.example", "http://shop.example:8080"}
    assert sources(found, FakeRoom("lobby", "Lobby")) == general | shop
    assert sources(found, FakeRoom("news", "News")) == general, "shop's tokens say nothing of it"
    of_shop = FakeRoom("shop-1", "Shop", sites=("shop",))
    assert sources(found, of_shop) == (general | shop) - {"https://blog.example"}
    other = FakeRoom("b", "B", origins=("https://b.example",))
    more = FakeRoom("a", "A", origins=("https://a.example",), sites=("shop",))
    assert sources(found, more, other) == {*OWN, "https://friend.example", "https://a.example"}


def test_private_room_and_none_have_the_same_list(found: Config) -> None:
    rooms = [
        FakeRoom("a", "A", origins=("https://a.example",)),
        FakeRoom("b", "B", access="private", origins=("https://b.example",), sites=("shop",)),
    ]
    hidden = ancestors(found, rooms[1], rooms)
    assert hidden == ancestors(found, None, rooms)
    assert {"https://a.example", "https://b.example", "https://blog.example"} <= set(hidden.split())


def test_frame_has_the_policy_of_every_page_but_for_who_may_show_it(found: Config) -> None:
    served = site(found, hub=FakeHub([FakeRoom("news", "News")]))
    policy = frame_headers(served, served.hub.record("news"))["Content-Security-Policy"]
    listed = (
        "frame-ancestors 'self' https://blog.example https://chat.example https://friend.example"
    )
    assert policy.endswith(f"; {listed}")
    assert "default-src 'none'; script-src 'self'; " in policy
