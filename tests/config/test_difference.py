"""What a configuration that is read again changes, and what it leaves to the next start."""

from dataclasses import fields

import pytest

from tornchat.config import Config, changes, load
from tornchat.config.keys import KEYS

OTHER = {
    "server.listen": "127.0.0.1:9",
    "server.base_url": "https://other.example",
    "server.data_dir": "/other",
    "server.origins": "https://other.example",
    "server.trusted_proxies": "10.9.9.9",
    "server.secret_key_file": "/other/key",
    "server.log_level": "debug",
    "server.log_format": "json",
    "server.security_contact": "mailto:other@site.example",
    "rooms.default_access": "private",
    "rooms.allow_guests": "no",
    "rooms.presence_grace": "99",
    "admin.password_file": __file__,
    "metrics.listen": "127.0.0.1:9",
}
"""Another value for each key; whatever is missing here is a number."""


@pytest.fixture
def read(tmp_path):
    """Read a text as configuration, beside two files for keys and certificates."""
    for name in ("one.pem", "two.pem"):
        (tmp_path / name).write_bytes(name.encode() * 8)

    def reading(text: str = "", **overrides: str) -> Config:
        path = tmp_path / "tornchat.conf"
        path.write_text(text)
        return load(path, {}, {k.replace("__", "."): v for k, v in overrides.items()})

    return reading


def test_nothing_changes_where_nothing_is_different(read):
    old, new = read("[room a]\n"), read("[room a]\n")
    found = changes(old, new)
    assert (found.config, found.applied, found.restart) == (new, (), ())


@pytest.mark.parametrize(
    "key", [k for k in KEYS if not k.name.startswith("tls_")], ids=lambda k: f"{k.section}.{k.name}"
)
def test_key_is_either_applied_or_kept_and_named(read, key):
    dotted, named = f"{key.section}.{key.name}", f"[{key.section}] {key.name}"
    old, new = read(), read(**{dotted: OTHER.get(dotted, "7")})
    found = changes(old, new)
    here = getattr(getattr(found.config, key.section), key.name)
    if key.fixed:
        assert named in found.restart
        assert found.applied == ()
        assert here == getattr(getattr(old, key.section), key.name)
    else:
        assert (found.applied, found.restart) == ((named,), ())
        assert here == getattr(getattr(new, key.section), key.name)


def test_what_waits_for_a_restart_is_named_until_there_is_one(read):
    old, new = read(), read("[server]\nlisten = :9\n[limits]\nburst = 7\n")
    first = changes(old, new)
    assert (first.applied, first.restart) == (("[limits] burst",), ("[server] listen",))
    second = changes(first.config, new)
    assert (second.applied, second.restart) == ((), ("[server] listen",))


def test_another_certificate_is_applied(read):
    old = read("[server]\ntls_cert = one.pem\ntls_key = one.pem\n")
    new = read("[server]\ntls_cert = two.pem\ntls_key = two.pem\n")
    found = changes(old, new)
    assert (found.config, found.restart) == (new, ())
    assert found.applied == ("[server] tls_cert", "[server] tls_key")


@pytest.mark.parametrize("turned_on", [True, False])
def test_https_is_turned_on_and_off_by_a_restart(read, turned_on):
    plain, https = read(), read("[server]\ntls_cert = one.pem\ntls_key = one.pem\n")
    old, new = (plain, https) if turned_on else (https, plain)
    found = changes(old, new)
    assert found.restart == ("[server] tls_cert", "[server] tls_key")
    assert found.config == old


def test_site_that_comes_goes_or_has_other_keys_is_applied(read, tmp_path):
    old = read(
        "[site a]\nkey_file = one.pem\n[site b]\nkey_file = one.pem\n[site c]\nkey_file=one.pem"
    )
    (tmp_path / "one.pem").write_bytes(b"n" * 32)
    new = read("[site b]\nkey_file = one.pem\n[site d]\nkey_file = two.pem\n")
    found = changes(old, new)
    assert found.applied == ("[site a]", "[site b]", "[site c]", "[site d]")
    assert found.config.site == new.site


def test_pattern_that_says_something_else_is_applied(read):
    old = read("[room a*]\n[room b*]\n")
    new = read("[room a*]\narchive_after = 1d\n[room c*]\n[room b*]\n")
    found = changes(old, new)
    assert found.applied == ("[room a*]", "[room c*]")
    assert found.config.room_patterns == new.room_patterns


def test_room_is_applied_where_it_is_new_only(read):
    found = changes(read("[room a]\n[room b]\n"), read("[room a]\ntitle = Other\n[room c]\n"))
    assert found.applied == ("[room c]",)
    assert found.restart == ()


def test_every_section_is_compared():
    assert {field.name for field in fields(Config)} == {
        "server", "rooms", "limits", "admin", "metrics", "room", "room_patterns", "site"
    }  # fmt: skip
