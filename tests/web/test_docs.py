"""The page on which one tries the widget and takes the tag, as it is without scripts."""

import html
import re
from urllib.parse import quote, urlencode

import pytest

from tests.web.serving import Answer, FakeHub, FakeRoom, ask, config, run, serving, site
from tests.web.test_tag import Tags

PAGE = "/docs/embed"


def code(answer: Answer, name: str) -> str:
    """Return the text of `<code id=…>`, or nothing."""
    found = re.search(rf'<code id="{name}">(.*?)</code>', answer.body.decode(), re.DOTALL)
    return html.unescape(found[1]) if found else ""


def wrong(answer: Answer) -> dict[str, str]:
    """Return what the page finds wrong, by field."""
    found = re.findall(r'<p class="wrong" id="([\w-]+)-error">([^<]+)</p>', answer.body.decode())
    return dict(found)


def fields(answer: Answer) -> list[tuple[str, str]]:
    """Return the form as a browser would send it back unchanged."""
    form = re.search(r"<form.*?</form>", answer.body.decode(), re.DOTALL)
    assert form
    found = []
    name = ""
    for tag, attributes in Tags(form[0]).found:
        name = attributes.get("name") or name
        kind = attributes.get("type")
        picked = "checked" in attributes if kind in ("radio", "checkbox") else tag == "input"
        if picked or (tag == "option" and "selected" in attributes):
            found.append((name, attributes.get("value") or ""))
    return found


def test_page_begins_with_the_tag_of_the_first_room() -> None:
    async def main() -> None:
        async with serving(server__base_url="https://a.example") as server:
            answer = await ask(server, "GET", PAGE)
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-cache"
            assert code(answer, "tag") == (
                '<script async src="https://a.example/widget.js" data-room="lobby"></script>'
            )
            assert code(answer, "rule") == ""
            assert b"cave" not in answer.body.lower()

    run(main())


def test_tag_names_the_address_that_was_asked_where_none_is_configured() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", PAGE)
            assert 'src="http://chat.example/widget.js"' in code(answer, "tag")

    run(main())


def test_form_gets_its_tag_and_comes_back_as_it_was() -> None:
    async def main() -> None:
        async with serving() as server:
            given = [
                ("room", "lobby"),
                ("mode", "readonly"),
                ("target", "#a > b"),
                ("theme", "dark"),
                ("accent", "#aa2200"),
                ("title", "Ask & tell"),
                ("notify", "title"),
                ("notify", "desktop"),
            ]
            answer = await ask(server, "GET", f"{PAGE}?{urlencode(given)}")
            assert Tags(code(answer, "tag")).found[0][1] == {
                "async": None,
                "src": "http://chat.example/widget.js",
                "data-room": "lobby",
                "data-mode": "readonly",
                "data-target": "#a > b",
                "data-theme": "dark",
                "data-title": "Ask & tell",
                "data-notify": "title desktop",
            }
            assert code(answer, "rule") == ":root {\n  --tornchat-accent: #aa2200;\n}"
            assert wrong(answer) == {}
            sent = fields(answer)
            assert set(given) <= set(sent)
            again = await ask(server, "GET", f"{PAGE}?{urlencode(sent)}")
            assert again.body == answer.body

    run(main())


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", "Anywhere in the page"),
        ("mode=inline", "where the chat is to be"),
        ("mode=inline&target=%23chat", "Anywhere in the page"),
        ("mode=full", "Anywhere in the page"),
    ],
)
def test_page_says_where_the_tag_belongs(query: str, place: str) -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", f"{PAGE}?{query}")
            assert place in answer.body.decode()

    run(main())


def test_what_is_wrong_is_said_at_its_field_and_left_out_of_the_tag() -> None:
    async def main() -> None:
        async with serving() as server:
            odd = {"offset": "12px", "lang": "<b>", "token-url": "javascript:x"}
            answer = await ask(server, "GET", f"{PAGE}?{urlencode(odd)}")
            assert answer.status == 200
            assert set(wrong(answer)) == set(odd)
            assert code(answer, "tag").count("\n") == 0
            assert set(odd.items()) <= set(fields(answer)), "what was typed stays"
            opened = re.findall(r'<details class="group[^>]*>', answer.body.decode())
            assert all(" open" in group for group in opened)

    run(main())


@pytest.mark.parametrize("name", ["cave", "nowhere"])
def test_room_that_is_not_in_the_lobby_is_taken_as_it_was_typed(name: str) -> None:
    """So that the page says nothing of it."""

    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", f"{PAGE}?room={name}")
            assert f'data-room="{name}"' in code(answer, "tag")
            assert "Cave" not in answer.body.decode()
            other = await ask(server, "GET", f"{PAGE}?room=elsewhere")
            assert other.body.replace(b"elsewhere", name.encode()) == answer.body

    run(main())


@pytest.mark.parametrize("name", ['"><b>', "Lobby", "x" * 65, "../x", "a\nb"])
def test_name_that_no_room_can_have_counts_for_nothing(name: str) -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", f"{PAGE}?room={quote(name)}")
            assert 'data-room="lobby"' in code(answer, "tag")

    run(main())


def test_page_without_a_room_still_shows_how_it_is_done() -> None:
    async def main() -> None:
        async with serving(served=site(config(), hub=FakeHub([]))) as server:
            answer = await ask(server, "GET", PAGE)
            assert answer.status == 200
            assert 'data-room="lobby"' in code(answer, "tag")

    run(main())


def test_page_shows_text_as_text() -> None:
    hub = FakeHub([FakeRoom("lobby", '</option><img src=x onerror="alert(1)">')])
    hostile = '"><img src=x onerror=alert(1)>'

    async def main() -> None:
        async with serving(served=site(config(), hub=hub)) as server:
            names = ("room", "mode", "target", "theme", "accent", "radius", "font", "title",
                     "lang", "position", "offset", "z-index", "open", "load", "name",
                     "token-url", "notify")  # fmt: skip
            query = urlencode({"mode": "inline"} | dict.fromkeys(names, hostile))
            for target in (f"{PAGE}?{query}", f"{PAGE}?{query}&mode=inline"):
                answer = await ask(server, "GET", target)
                assert answer.status == 200
                assert b"<img src=x" not in answer.body
                assert answer.body.count(b"&lt;img src=x") >= 5
            odd = await ask(server, "GET", PAGE, 'Host: a"><b>')
            assert b"<b>" not in odd.body

    run(main())


def test_page_may_have_frames_of_this_site_and_nothing_else_more() -> None:
    async def main() -> None:
        async with serving() as server:
            shown = (await ask(server, "GET", PAGE)).headers["Content-Security-Policy"]
            plain = (await ask(server, "GET", "/")).headers["Content-Security-Policy"]
            assert shown == f"{plain}; frame-src 'self'"

    run(main())
