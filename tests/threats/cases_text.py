"""THREATS 5 E on the side of the server: texts are stored as they are, or refused.

How they are shown is tested with the front end.
"""

from functools import partial

import pytest

from tests.kit.chat import ChatClient, Refused
from tests.kit.transport import Transport
from tests.kit.transports import SockJSWebSocket, XhrPolling
from tests.threats.cases_refused import message, refused, stays_silent
from tests.threats.scene import LOBBY, Case, Scene

KEPT = {
    "E66-script": "<script>alert(1)</script>",
    "E66-image": '<img src=x onerror="alert(1)">',
    "E66-svg": "<svg/onload=alert(1)>",
    "E66-links": "javascript:alert(1) data:text/html,x vbscript:x",
    "E66-entity": "&#106;avascript:alert(1) &lt;b&gt;",
    "E66-end-of-a-script": "</script><!--]]>",
    "E66-slash-command": "/nick root",
    "E66-SockJS-frame": 'a["x"] c[3000,"x"] \\" \\u0000',
    "E67-brackets": "[" * 2000 + "]" * 2000,
    "E67-image-of-markdown": "![x](http://evil.test/x.png)",
    "E67-link-with-a-quote": 'http://x.test/"onmouseover=alert(1)',
    "E67-stars": "*_`" * 1300,
    "E69-override": "abc\u202edef\u202c",
    "E69-isolates": "\u2066abc\u2069 \u2067\u2068",
    "E69-unbalanced": "\u202e" * 100 + "x",
    "E69-separators": "a\u2028b\u2029c",
    "E72-formula": '=HYPERLINK("http://evil.test")',
    "E72-signs": "+1 -1 @x\ttab",
}
CONTROLS = {
    "NUL": "a\0b",
    "bell": "a\x07b",
    "escape": "\x1b[2J",
    "carriage-return": "a\rb",
    "delete": "a\x7fb",
    "C1": "a\x85b",
}
SURROGATES = {"high": r"\ud800", "low": r"\udc00", "wrong-order": r"\udc00\ud800"}
BAD_NAMES = {
    "E70-cyrillic-admin": "\u0430dmin",
    "E70-fullwidth-admin": "ａｄｍｉｎ",
    "E70-small-capitals": "ᴀᴅᴍɪɴ",
    "E70-admin-with-zero-width": "admin\u200b",
    "E70-admin": "Admin",
    "E70-accent": "ádmin",
    "E70-override": "\u202enimda",
    "E70-only-spaces": "   ",
    "E70-only-zero-width": "\u200b\u2060",
    "E70-filler": "\u3164",
    "E70-empty": "",
    "E70-tower-of-marks": "a" + "\u0301" * 20,
    "E71-longer-when-normal": "\ufdfa" * 64,
    "E71-33-characters": "x" * 33,
    "E71-60-KB": "x" * 60_000,
    "E73-line-end": "Ann\r\nSet-Cookie: a=b",
    "E73-line-feed": "Ann\nBob",
    "E73-line-separator": "Ann\u2028Bob",
    "E73-NUL": "Ann\0",
}
ALIKE = {
    "same": ("Mallory", "Mallory"),
    "other-case": ("Mallory", "MALLORY"),
    "fullwidth": ("Mallory", "Ｍａｌｌｏｒｙ"),
    "cyrillic": ("Mallory", "M\u0430llory"),
    "l-and-I": ("Mallory", "MaIlory"),
}


async def kept(text: str, scene: Scene) -> None:
    """What is stored and sent is what was sent, to the last character."""
    peer = await scene.enter()
    ack = await peer.send(LOBBY, text)
    assert (await scene.witness.event("message", seq=ack["seq"]))["text"] == text
    page = await peer.history(LOBBY, limit=20)
    assert [e["text"] for e in page["entries"] if e["seq"] == ack["seq"]] == [text]


async def line_ends(scene: Scene) -> None:
    peer = await scene.enter()
    ack = await peer.send(LOBBY, "a\r\nb")
    assert (await scene.witness.event("message", seq=ack["seq"]))["text"] == "a\nb"


async def bad_name(name: str, scene: Scene) -> None:
    """Refused in hello and later; the person keeps the name they have, and no log is fooled."""
    newcomer = await scene.connect()
    with pytest.raises(Refused, match="bad_request"):
        await newcomer.hello(name=name)
    peer = await scene.enter(name="Mallory")
    before = await name_shown(peer, scene)
    with pytest.raises(Refused, match="bad_request"):
        await peer.request("name", name=name)
    assert await name_shown(peer, scene) == before
    assert before.startswith("Mallory")


async def name_shown(peer: ChatClient, scene: Scene) -> str:
    ack = await peer.send(LOBBY, "who am I")
    found: str = (await scene.witness.event("message", seq=ack["seq"]))["from"]["name"]
    return found


async def alike(first: str, second: str, scene: Scene) -> None:
    """Whoever comes with a name that is easily taken for one in the room gets a number."""
    one = await scene.enter(name=first)
    two = await scene.enter(name=second)
    names = [await name_shown(peer, scene) for peer in (one, two)]
    assert names[0].casefold() != names[1].casefold()
    assert names[1][-1].isdigit()


async def surrogate_name(scene: Scene) -> None:
    peer = await scene.enter()
    begin = len(peer.events)
    await peer.transport.send([r'{"type":"name","name":"a\ud800"}'])
    assert (await peer.event("error", after=begin))["code"] == "bad_request"


async def surrogate_in_a_sockjs_frame(kind: type[Transport], scene: Scene) -> None:
    """The frame around the command is JSON as well, and can hold what the command may not."""
    transport = kind()
    peer = await scene.enter(transport)
    begin = len(peer.events)
    await transport.send([message(text="X").replace("X", "\ud800")])
    assert (await peer.event("error", after=begin))["code"] == "bad_request"
    await stays_silent(peer, scene)


async def line_ends_in_addresses(path: str, scene: Scene) -> None:
    """No header of theirs appears, and the log keeps one line a line."""
    status, found = await scene.ask("GET", path)
    assert status in {400, 404, 405}
    head = found.partition(b"\r\n\r\n")[0]
    assert b"Evil" not in head


async def line_ends_in_headers(scene: Scene) -> None:
    status, _ = await scene.ask("GET", "/", "User-Agent: x\rEvil: 1")
    assert status == 400


QUICK = [
    *(Case(id_, partial(kept, text)) for id_, text in KEPT.items()),
    *(
        Case(f"E68-{name}", partial(refused, message(text=text), "bad_request"))
        for name, text in CONTROLS.items()
    ),
    *(
        Case(
            f"E68-surrogate-{name}",
            partial(refused, message(text="X").replace('"X"', f'"{text}"'), "bad_request"),
        )
        for name, text in SURROGATES.items()
    ),
    Case(
        "E68-surrogate-in-data",
        partial(refused, message(kind="app.x")[:-1] + r', "data": "\ud800"}', "bad_request"),
    ),
    Case("E68-surrogate-in-a-name", surrogate_name),
    *(
        Case(f"E68-surrogate-in-a-frame-{kind.name}", partial(surrogate_in_a_sockjs_frame, kind))
        for kind in (SockJSWebSocket, XhrPolling)
    ),
    Case("E68-line-ends-become-one", line_ends),
    *(Case(id_, partial(bad_name, name)) for id_, name in BAD_NAMES.items()),
    *(Case(f"E70-alike-{name}", partial(alike, *pair)) for name, pair in ALIKE.items()),
    *(
        Case(f"E73-line-end-in-{name}", partial(line_ends_in_addresses, path))
        for name, path in {
            "page": "/r/lobby%0d%0aEvil:%201",
            "path": "/x%0d%0aEvil:%201",
            "favicon": "/favicon.ico%0d%0aEvil:%201",
            "static": "/static/x%0d%0aEvil:%201/y",
            "session": "/sockjs/0/a%0d%0aEvil:%201/jsonp",
        }.items()
    ),
    Case("E73-bare-CR-in-a-header", line_ends_in_headers),
]
