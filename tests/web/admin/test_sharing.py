"""Addresses and links that an operator copies, and their QR codes."""

import re
from urllib.parse import unquote

from tornchat.web.admin.qr import qr
from tornchat.web.admin.sharing import room_address, site_address, whole_link


def test_address_of_the_site_is_the_configured_one_else_where_it_was_asked() -> None:
    asked = ("https", "192.0.2.1:8000")
    assert site_address("https://a.example/chat", *asked) == "https://a.example/chat"
    assert site_address("", *asked) == "https://192.0.2.1:8000"
    assert room_address("https://a.example/chat", "den") == "https://a.example/chat/r/den"


def test_link_that_has_an_address_keeps_it() -> None:
    assert (
        whole_link("http://b.example", "r/den#invite=tc_1") == "http://b.example/r/den#invite=tc_1"
    )
    assert whole_link("http://b.example", "https://a.example/r/den") == "https://a.example/r/den"


def test_qr_is_an_image_that_holds_another_text_for_another_link() -> None:
    one = qr("https://a.example/r/den#invite=tc_1")
    svg = unquote(one.removeprefix("data:image/svg+xml;charset=utf-8,"))
    assert re.match(r"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 (\d+) \1'>", svg)
    assert "fill='#fff'" in svg
    assert one == qr("https://a.example/r/den#invite=tc_1")
    assert one != qr("https://a.example/r/den#invite=tc_2")


def test_qr_begins_with_the_modules_that_a_text_has() -> None:
    """The size follows from the text: version 3 (29 modules) and 4 of white on each side."""
    assert "viewBox%3D%270%200%2037%2037%27" in qr("https://chat.example/r/lobby")
