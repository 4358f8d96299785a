"""Origins: which pages may connect."""

import pytest

from tornchat.web.origins import Origins, is_own

LISTED = ("https://a.example", "https://b.example:8443", "http://[::1]:3000")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "chat.example"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://chat.example", "chat.example"),
        ("https://chat.example", "chat.example:443"),
        ("http://chat.example:80", "chat.example"),
        ("HTTPS://Chat.Example", "chat.example"),
        ("https://a.example", "chat.example"),
        ("https://a.example:443", "chat.example"),
        ("https://b.example:8443", "chat.example"),
        ("http://[::1]:3000", "chat.example"),
    ],
)
def test_origin_is_allowed(origin: str | None, host: str) -> None:
    assert Origins("", LISTED).allowed(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "chat.example"),
        ("null", "null"),
        ("", "chat.example"),
        ("", ""),
        ("https://evil.test", "chat.example"),
        ("http://localhost:8000", "127.0.0.1:8000"),
        ("http://chat.example:8001", "chat.example:8000"),
        ("https://chat.example.evil.test", "chat.example"),
        ("https://evilchat.example", "chat.example"),
        ("https://evil.test#chat.example", "chat.example"),
        ("https://evil.test/chat.example", "chat.example"),
        ("https://chat.example/", "chat.example"),
        ("https://chat.example@evil.test", "chat.example"),
        ("https://user@chat.example", "chat.example"),
        ("https://chat.example:", "chat.example"),
        ("https://chat.example:x", "chat.example:x"),
        ("https://chat.example:99999", "chat.example:99999"),
        ("https://chat.example\\@evil.test", "chat.example"),
        ("https://chat.example, https://evil.test", "chat.example"),
        ("ftp://chat.example", "chat.example"),
        ("file://", ""),
        ("chrome-extension://abc", "abc"),
        ("//chat.example", "chat.example"),
        ("chat.example", "chat.example"),
        ("https://", ""),
        ("https://[::1", "[::1"),
        ("https://сhat.example", "сhat.example"),
        ("https://chat.example\t", "chat.example"),
        ("http://a.example", "chat.example"),
        ("https://a.example:8443", "chat.example"),
        ("https://b.example", "chat.example"),
    ],
)
def test_origin_is_refused(origin: str, host: str) -> None:
    assert not Origins("", LISTED).allowed(origin, host)


def test_origin_of_the_configured_address_is_the_only_own_one() -> None:
    origins = Origins("https://site.example/chat", LISTED)
    assert origins.allowed("https://site.example", "127.0.0.1:8000")
    assert origins.allowed("https://a.example", "127.0.0.1:8000")
    assert not origins.allowed("http://site.example", "site.example")
    assert not origins.allowed("http://127.0.0.1:8000", "127.0.0.1:8000")


def test_origin_of_the_configured_address_is_compared_with_its_port() -> None:
    origins = Origins("http://site.example:8080")
    assert origins.allowed("http://site.example:8080", "x")
    assert not origins.allowed("http://site.example", "x")


def test_list_of_origins_can_be_replaced_and_the_own_one_stays() -> None:
    origins = Origins("https://chat.example", ["https://a.example"])
    origins.allow(["https://b.example"])
    allowed = [
        origins.allowed(f"https://{name}.example", "chat.example") for name in ("chat", "a", "b")
    ]
    assert allowed == [True, False, True]


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        (None, True),
        ("http://10.0.0.5:8000", True),
        ("https://chat.example", True),
        ("https://chat.example:443", True),
        ("http://chat.example", False),
        ("http://10.0.0.5:8001", False),
        ("http://10.0.0.5", False),
        ("https://a.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_form_is_one_of_our_own_pages(origin: str | None, own: bool) -> None:
    assert is_own(origin, "10.0.0.5:8000", "https://chat.example/chat/") is own
    assert not is_own("http://10.0.0.5:8001", "10.0.0.5:8000", "")
