"""The tag for another site: exact, short, and one tag whatever it is given."""

from html.parser import HTMLParser

import pytest

from tornchat.web.tag import ATTRIBUTES, VARIABLES, read, rule, tag

SITE = "https://a.example/chat"


class Tags(HTMLParser):
    """Notes every tag of a text, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_tag_of_a_room_is_one_line() -> None:
    assert tag(SITE, "den") == (
        '<script async src="https://a.example/chat/widget.js" data-room="den"></script>'
    )


def test_tag_has_what_was_chosen_in_lines_of_its_own() -> None:
    chosen, wrong = read(ATTRIBUTES, {"title": "Ask us", "mode": "inline", "target": "#chat"})
    assert wrong == {}
    assert tag(SITE, "den", chosen) == (
        '<script async src="https://a.example/chat/widget.js"\n'
        '  data-room="den"\n'
        '  data-mode="inline"\n'
        '  data-target="#chat"\n'
        '  data-title="Ask us"></script>'
    )


@pytest.mark.parametrize("odd", ['"><script>alert(1)</script>', "'&lt;", "&quot;x", "</script>"])
def test_tag_is_one_tag_whatever_it_is_given(odd: str) -> None:
    chosen, _ = read(ATTRIBUTES, {"title": odd, "mode": "inline", "target": odd})
    found = Tags(tag(f"http://a{odd}", "den", chosen)).found
    attributes = {
        "async": None,
        "src": f"http://a{odd}/widget.js",
        "data-room": "den",
        "data-mode": "inline",
        "data-target": odd,
        "data-title": odd,
    }
    assert found == [("script", attributes)]


def test_defaults_are_left_out() -> None:
    assert read(ATTRIBUTES, {option.name: option.default for option in ATTRIBUTES}) == ({}, {})
    assert read(ATTRIBUTES, {}) == ({}, {})


def test_what_means_nothing_in_a_mode_is_left_out() -> None:
    given = {"target": "#chat", "position": "top-left", "open": "first", "theme": "dark"}
    assert read(ATTRIBUTES, given)[0] == {
        "position": "top-left",
        "theme": "dark",
        "open": "first",
    }
    assert read(ATTRIBUTES, {**given, "mode": "readonly"})[0] == {
        "mode": "readonly",
        "target": "#chat",
        "theme": "dark",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "popup"),
        ("mode", "inline full"),
        ("position", "middle"),
        ("offset", "20px"),
        ("offset", "1 2 3"),
        ("z-index", "1e9"),
        ("theme", "Dark"),
        ("lang", "en_GB"),
        ("title", "x" * 81),
        ("title", "two\nlines"),
        ("name", "x" * 33),
        ("token-url", "javascript:alert(1)"),
        ("token-url", "chat-token"),
        ("notify", "email"),
        ("open", "always"),
        ("load", "later"),
    ],
)
def test_what_is_wrong_is_said_and_left_out(name: str, value: str) -> None:
    chosen, wrong = read(ATTRIBUTES, {name: value})
    assert chosen == {}
    assert list(wrong) == [name]
    assert wrong[name].startswith("Expected ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offset", "20 24"),
        ("z-index", "-1"),
        ("lang", "zh-Hant-TW"),
        ("token-url", "/chat-token?room=den"),
        ("token-url", "https://site.example/chat-token"),
        ("notify", "title sound desktop"),
        ("title", "Fragen? 🌱"),
    ],
)
def test_what_is_right_is_taken_as_it_is(name: str, value: str) -> None:
    assert read(ATTRIBUTES, {name: value}) == ({name: value}, {})


def test_look_becomes_one_rule_of_css() -> None:
    look = {"accent": "#AA2200", "radius": "4px", "font": 'Georgia, "Times New Roman", serif'}
    chosen, wrong = read(VARIABLES, look)
    assert wrong == {}
    assert rule(chosen) == (
        ":root {\n"
        "  --tornchat-accent: #AA2200;\n"
        "  --tornchat-radius: 4px;\n"
        '  --tornchat-font: Georgia, "Times New Roman", serif;\n'
        "}"
    )
    assert rule({}) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accent", "red; } body { display: none"),
        ("accent", "#12345"),
        ("radius", "100px"),
        ("radius", "1em"),
        ("font", 'a"; } body { display: none } "'),
        ("font", '"Georgia, serif'),
        ("font", "a\\62"),
        ("font", "x" * 201),
    ],
)
def test_look_that_would_be_more_than_its_rule_is_refused(name: str, value: str) -> None:
    assert list(read(VARIABLES, {name: value})[1]) == [name]
