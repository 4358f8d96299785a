"""What a form of the admin page may bring."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from tornado.httputil import ParseBodyConfig, ParseUrlEncodedConfig, parse_body_arguments
from tornado.web import HTTPError

from tornchat.errors import BadRequest, TooLarge
from tornchat.web.admin.forms import MAX_FIELDS, Form, read_form

KIND = "application/x-www-form-urlencoded"
ANY = ParseBodyConfig(urlencoded=ParseUrlEncodedConfig(max_arguments=10_000))


def form(*pairs: tuple[str, str | bytes], kind: str = KIND) -> Form:
    return read_form(sent(urlencode(pairs).encode(), kind))


def sent(body: bytes, kind: str = KIND) -> Any:
    arguments: dict[str, list[bytes]] = {}
    parse_body_arguments(KIND, body, arguments, {}, config=ANY)
    headers = {"Content-Type": kind} if kind else {}
    return SimpleNamespace(headers=headers, body=body, body_arguments=arguments)


def test_fields_are_read_as_they_are_meant() -> None:
    found = form(
        ("title", "  Tea & cake "), ("open", "on"), ("slow", "30"), ("for", "2d"), ("less", "-4"),
        ("seq", "1"), ("seq", "2"), ("words", "one\r\n\r\n two \r\n"),
    )  # fmt: skip
    assert found.text("title") == "Tea & cake"
    assert found.flag("open")
    assert found.number("slow") == 30
    assert found.number("less") == -4
    assert found.duration("for") == 2 * 86400
    assert found.all("seq") == ["1", "2"]
    assert found.lines("words") == ["one", "two"]
    assert "title" in found


def test_field_that_is_not_there_is_empty() -> None:
    found = form()
    assert found.text("x") == found.secret("x") == ""
    assert found.text("x", "default") == "default"
    assert not found.flag("x")
    assert found.number("x") is found.duration("x") is None
    assert found.all("x") == found.lines("x") == []
    assert "x" not in found


def test_password_is_left_as_it_was_typed() -> None:
    assert form(("p", "  two  spaces ")).secret("p") == "  two  spaces "


@pytest.mark.parametrize(
    ("value", "reader"),
    [
        ("1.5", "number"), ("1e3", "number"), ("٣", "number"), ("9" * 16, "number"),
        ("--1", "number"), ("1_0", "number"), ("soon", "duration"), ("-5m", "duration"),
        ("a\x00b", "text"), ("a\x1bb", "text"), ("a\x85b", "text"), (b"\xff\xfe", "text"),
        (b"\xed\xa0\x80", "text"), (b"\xff", "secret"), (b"\xff", "all"), ("a\x07", "lines"),
    ],
)  # fmt: skip
def test_odd_value_is_refused_with_the_name_of_its_field(value: str | bytes, reader: str) -> None:
    with pytest.raises(BadRequest, match=r"^field: expected"):
        getattr(form(("field", value)), reader)("field")


@pytest.mark.parametrize("reader", ["text", "secret", "flag", "number", "duration", "lines"])
def test_field_that_comes_twice_is_refused(reader: str) -> None:
    with pytest.raises(BadRequest, match="expected it once"):
        getattr(form(("field", "1"), ("field", "2")), reader)("field")


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"]
)
def test_other_kind_of_body_is_415(kind: str) -> None:
    for body in (b"a=1", b""):
        with pytest.raises(HTTPError) as caught:
            read_form(sent(body, kind))
        assert caught.value.status_code == 415
    with pytest.raises(HTTPError):
        read_form(sent(b"a=1", ""))


def test_empty_body_is_a_form_without_fields() -> None:
    assert read_form(sent(b"", "")).text("x") == ""
    assert read_form(sent(b"a=1", f"{KIND}; charset=UTF-8")).text("a") == "1"


def test_large_form_is_refused() -> None:
    form(("a", "x" * 65_000))
    with pytest.raises(TooLarge):
        form(("a", "x" * 65_536))


def test_many_fields_are_refused() -> None:
    form(*[("a", "1")] * MAX_FIELDS)
    with pytest.raises(BadRequest, match="300 fields"):
        form(*[("a", "1")] * (MAX_FIELDS + 1))
