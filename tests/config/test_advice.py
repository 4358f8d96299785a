"""What `tornchat config check` warns of, and what it leaves in peace."""

from pathlib import Path

import pytest

from tornchat.config import advice, load


@pytest.fixture
def warnings(tmp_path):
    """Return the warnings for a text, beside files for keys and certificates (mode 0600)."""
    for name in ("secret.key", "a.key", "tls.pem"):
        (tmp_path / name).write_bytes(b"k" * 32)
        (tmp_path / name).chmod(0o600)

    def warnings(text: str) -> list[str]:
        path = tmp_path / "tornchat.conf"
        path.write_text(text)
        return list(advice(load(path, {}, {})))

    return warnings


def only(found: list[str]) -> str:
    (line,) = found
    assert len(line.splitlines()) == 1
    return line


def test_proxy_that_nobody_trusts_is_noticed(warnings):
    text = "[server]\nbase_url = https://chat.example\n"
    assert "[server] trusted_proxies: empty, while base_url is set" in only(warnings(text))


@pytest.mark.parametrize(
    "more", ["trusted_proxies = 127.0.0.1", "tls_cert = tls.pem\ntls_key = tls.pem"]
)
def test_address_that_is_served_as_it_should_be_is_left_in_peace(warnings, more):
    assert warnings(f"[server]\nbase_url = https://chat.example\n{more}\n") == []


def test_address_in_the_clear_is_noticed(warnings):
    text = "[server]\nbase_url = http://chat.example\ntrusted_proxies = ::1\n"
    assert "[server] base_url: http carries" in only(warnings(text))


@pytest.mark.parametrize("host", ["localhost", "a.localhost:8000", "127.0.0.9:80", "[::1]:8000"])
def test_address_of_this_machine_may_be_in_the_clear(warnings, host):
    assert warnings(f"[server]\nbase_url = http://{host}\ntrusted_proxies = ::1\n") == []


def test_site_in_the_clear_is_noticed(warnings):
    origins = "https://a.example http://b.example http://localhost:3000"
    found = only(warnings(f"[site a]\nkey_file = a.key\norigins = {origins}\n"))
    assert "[site a] origins: http://b.example" in found


def test_page_that_can_be_forged_and_may_show_a_room_is_noticed(warnings):
    origins = "https://a.example http://b.example http://localhost:3000"
    for section in ("room a", "room a*"):
        found = only(warnings(f"[{section}]\norigins = {origins}\n"))
        assert f"[{section}] origins: http://b.example can be forged" in found


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[server]\nsecret_key_file = secret.key\n", "secret.key"),
        ("[server]\ntls_cert = tls.pem\ntls_key = tls.pem\n", "tls.pem"),
        ("[site a]\nkey_file = a.key\n", "a.key"),
        ("[admin]\npassword_file = a.key\n", "a.key"),
    ],
)
def test_key_that_others_may_read_is_noticed(warnings, tmp_path: Path, mode, text, name):
    assert warnings(text) == []
    (tmp_path / name).chmod(mode)
    assert f"{tmp_path / name} has mode {mode:04o}" in only(warnings(text))


def test_secret_that_is_not_made_yet_is_no_news(warnings):
    assert warnings("[server]\nsecret_key_file = none.key\n") == []


@pytest.mark.parametrize("listen", [":8000", "0.0.0.0:8000", "192.0.2.1:8000", "[::]:8000"])
def test_passwords_in_the_clear_are_noticed(warnings, listen):
    assert "[server] listen: other machines" in only(warnings(f"[server]\nlisten = {listen}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "listen = 127.0.0.9:8000",
        "listen = [::1]:8000",
        "listen = localhost:8000",
        "listen = :8000\ntls_cert = tls.pem\ntls_key = tls.pem",
        "listen = :8000\nbase_url = https://chat.example\ntrusted_proxies = ::1",
    ],
)
def test_passwords_that_stay_here_or_go_by_https_are_left_in_peace(warnings, text):
    assert warnings(f"[server]\n{text}\n") == []
