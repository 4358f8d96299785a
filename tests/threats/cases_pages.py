"""THREATS 5 G: what foreign pages try, and settings of a room that are none.

The login of the admin page is in `cases_admin`; of webhooks there is nothing yet.
"""

import json
from functools import partial
from typing import Any

from tests.kit.http import Response
from tests.threats.scene import DEN, HALL, LOBBY, VAULT, Case, Scene

EVIL = "https://evil.test"
JSON = "application/json"
FOREIGN: dict[str, dict[str, str]] = {
    "origin": {"Origin": EVIL},
    "origin-null": {"Origin": "null"},
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "no-xsrf": {"Cookie": "sid=abc"},
    "foreign-xsrf": {"Cookie": "_xsrf=2|aaaa|bbbb|1; sid=abc", "X-XSRFToken": "2|cccc|dddd|1"},
}
FRAMING = (
    (),
    (f"Origin: {EVIL}", f"Referer: {EVIL}/page", "Sec-Fetch-Dest: iframe"),
    ("Origin: null", "Sec-Fetch-Dest: iframe"),
    ("X-Forwarded-Host: evil.test", f"Forwarded: host=evil.test;proto=https, for={EVIL}"),
)
"""Who may ask for a frame."""
SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
"""What a form of any site can send without asking first."""
PAGES = ("/", f"/r/{LOBBY}", f"/r/{DEN}", "/r/nowhere", "/nothing/here", "/api/v1/rooms",
         "/health", "/docs/embed", "/widget.js", "/admin", "/admin/", "/admin/login",
         "/admin/setup")  # fmt: skip
COMING_AND_GOING = {"count", "present", "last_time"}
BAD_ORIGINS: dict[str, Any] = {
    "of-all": ["*"], "of-a-scheme": ["https:"], "of-subdomains": ["https://*.shop.test"],
    "null": ["null"], "keyword": ["'self'"], "policy": ["'unsafe-inline'; script-src *"],
    "and-policy": ["https://shop.test; script-src *"], "glued": ["https://shop.test;script-src"],
    "line-end": ["https://shop.test\r\nX-Evil: 1"], "last-line-end": ["https://shop.test\n"],
    "tab": ["https://shop.te\tst"], "NUL": ["\0https://shop.test"], "surrogate": ["https://\ud800"],
    "path": ["https://shop.test/x"], "user": ["https://ann@shop.test"], "other-scheme": ["ftp://a"],
    "script": ["javascript:alert(1)"], "two-in-one": ["https://a.test https://b.test"],
    "letters-that-look-alike": ["https://sh\u043ep.test"], "long": ["https://" + "a" * 300],
    "many": [f"https://a{number}.test" for number in range(21)], "text": "https://shop.test",
    "number": [7], "nothing": None,
}  # fmt: skip
BAD_SETTINGS: dict[str, tuple[str, bytes, set[int]]] = {
    **{
        f"G99-origin-{name}": (JSON, json.dumps({"origins": origins}).encode(), {400})
        for name, origins in BAD_ORIGINS.items()
    },
    "G99-site-of-all": (JSON, b'{"sites": ["*"]}', {400}),
    "G99-site-is-a-policy": (JSON, b'{"sites": ["\'unsafe-inline\'; script-src *"]}', {400}),
    "G99-site-with-a-line-end": (JSON, b'{"sites": ["shop\\r\\nX-Evil: 1"]}', {400}),
    "G99-site-unknown": (JSON, b'{"sites": ["nobody"]}', {400}),
    "G99-title-with-a-line-end": (JSON, b'{"title": "Den\\r\\nX-Evil: 1"}', {400}),
    "G99-title-of-10-KB": (JSON, b'{"title": "%s"}' % (b"x" * 10_240), {400}),
    "G99-topic-with-a-NUL": (JSON, b'{"topic": "a\\u0000b"}', {400}),
    "G99-topic-surrogate": (JSON, b'{"topic": "\\ud800"}', {400}),
    "G99-access-of-all": (JSON, b'{"access": "everybody"}', {400}),
    "G99-guests-as-text": (JSON, b'{"guests": "yes"}', {400}),
    "G99-age-below-zero": (JSON, b'{"history_age": -1}', {400}),
    "G99-age-of-1000-digits": (JSON, b'{"history_age": %s}' % (b"9" * 1000), {400}),
    "G99-other-name": (JSON, b'{"name": "lobby"}', {400, 403}),
    "G100-of-10-MB": (JSON, b'{"title": "%s"}' % (b"x" * 10 * 2**20), {0, 400, 413}),
    "G100-of-100-KB": (JSON, b'{"title": "%s"}' % (b"x" * 100_000), {413}),
    "G100-nested-8000": (JSON, b"[" * 8000 + b"]" * 8000, {400}),
    "G100-nested-within": (JSON, b'{"title": %s%s}' % (b"[" * 4000, b"]" * 4000), {400}),
    "G100-many-keys": (JSON, json.dumps({f"k{n}": 0 for n in range(1000)}).encode(), {400}),
    "G100-not-JSON": (JSON, b"{bad", {400}),
    "G100-empty": (JSON, b"", {400}),
    "G100-array": (JSON, b'[{"title": "x"}]', {400}),
    "G100-NaN": (JSON, b'{"history_age": NaN}', {400}),
    "G100-not-UTF-8": (JSON, b'{"title": "\xff\xfe"}', {400}),
    "G100-UTF-16": (JSON, '{"title": "Mine"}'.encode("utf-16"), {400}),
    "G100-called-UTF-16": (f"{JSON}; charset=utf-16", '{"title": "x"}'.encode("utf-16"), {415}),
    "G100-called-latin-1": (f"{JSON}; charset=latin-1", b'{"title": "Mine"}', {415}),
    "G100-called-UTF-7": (f"{JSON}; charset=utf-7", b'{"title": "Mine"}', {415}),
    "G100-called-text": ("text/json", b'{"title": "Mine"}', {415}),
}


async def key_of_den(scene: Scene) -> str:
    made = await scene.order("create_token", kind="key", room=DEN, role="admin")
    token: str = made["token"]
    return token


async def settings(key: str, scene: Scene) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await scene.api("GET", f"rooms/{DEN}", key)).body)
    return {name: value for name, value in found.items() if name not in COMING_AND_GOING}


async def post_of_a_foreign_page(headers: dict[str, str], scene: Scene) -> None:
    """No cookie counts, so a browser that is made to send one sends nothing that does."""
    key = await key_of_den(scene)
    before = await settings(key, scene)
    own = {"headers": {"Content-Type": JSON, **headers}}
    patch = b'{"title": "Forged"}'
    for method, path, body in (
        ("PATCH", f"rooms/{DEN}", patch),
        ("DELETE", f"rooms/{DEN}", b""),
        ("POST", f"rooms/{DEN}/rotate", b""),
        ("POST", f"rooms/{DEN}/tokens", b"{}"),
        ("DELETE", f"rooms/{DEN}/tokens?id=1", b""),
        ("POST", "rooms", b'{"name": "forged"}'),
    ):
        answer = await scene.api(method, path, source=scene.stranger(), body=body, **own)
        assert answer.status in {401, 403}, (method, path)
        lets_nobody_read(answer)
    assert await settings(key, scene) == before


async def form_with_a_key(kind: str, scene: Scene) -> None:
    """Even who has the key cannot be made to send it by a form."""
    key = await key_of_den(scene)
    before = await settings(key, scene)
    headers = {"Content-Type": kind} if kind else {}
    answer = await scene.api(
        "PATCH", f"rooms/{DEN}", key, headers=headers, body=b'{"title": "Forged"}'
    )
    assert answer.status in {400, 415}
    assert await settings(key, scene) == before


async def preflight_of_a_foreign_page(scene: Scene) -> None:
    for path in ("rooms", f"rooms/{DEN}", f"rooms/{DEN}/tokens"):
        asks = {
            "Origin": EVIL,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization",
        }
        answer = await scene.api("OPTIONS", path, headers=asks)
        assert answer.status in {403, 405}
        lets_nobody_read(answer)


def lets_nobody_read(answer: Response) -> None:
    assert not answer.head.get("access-control-allow-origin")
    assert not answer.head.get("access-control-allow-headers")
    assert not answer.head.get("set-cookie")
    assert EVIL.encode() not in answer.body


async def in_a_frame(path: str, scene: Scene) -> None:
    """No page of anybody may show it within its own."""
    for headers in ([], [f"Origin: {EVIL}", f"Referer: {EVIL}/", "Sec-Fetch-Dest: iframe"]):
        _, found = await scene.ask("GET", path, *headers)
        head = found.partition(b"\r\n\r\n")[0].lower()
        (policy,) = [line for line in head.split(b"\r\n") if line.startswith(b"content-security-")]
        assert b"frame-ancestors 'none'" in policy
        assert b"unsafe" not in policy
        assert b"*" not in policy
        assert b"x-content-type-options: nosniff" in head


async def bad_settings(kind: str, body: bytes, right: set[int], scene: Scene) -> None:
    """Refused in words; the room stays as it was, and so does what browsers are told."""
    key = await key_of_den(scene)
    before = await settings(key, scene)
    _, framed = await scene.ask("GET", f"/embed/{DEN}")
    bearer = f"Authorization: Bearer {key}"
    for method, path in (("PATCH", f"/api/v1/rooms/{DEN}"), ("POST", "/api/v1/rooms")):
        status, found = await scene.ask(method, path, bearer, f"Content-Type: {kind}", body=body)
        assert status in right, found[:300]
        assert b"x-evil" not in found.lower().partition(b"\r\n\r\n")[0]
        assert len(found) < 2000
    assert await settings(key, scene) == before
    await in_a_frame(f"/r/{DEN}", scene)
    assert lasting(framed) == lasting((await scene.ask("GET", f"/embed/{DEN}"))[1])


def lasting(answer: bytes) -> list[bytes]:
    """Return an answer without what differs from one to the next."""
    return [line for line in answer.split(b"\r\n") if not line.startswith(b"Date:")]


async def in_a_frame_of_a_foreign_page(scene: Scene) -> None:
    """Browsers are told who may show a room, and whoever asks has no part in it."""
    await scene.order("set_room", name=HALL, origins=["https://friend.test"])
    try:
        for path, listed in ((LOBBY, ""), (HALL, " https://friend.test")):
            for asks in FRAMING:
                _, found = await scene.ask("GET", f"/embed/{path}", *asks)
                assert policy_of(found) == f"frame-ancestors 'self'{listed}"
                assert EVIL.encode() not in found
                assert b"x-frame-options" not in found.lower()
        hidden = [lasting((await scene.ask("GET", f"/embed/{p}"))[1]) for p in (DEN, VAULT, "gone")]
        assert hidden[0] == hidden[1] == hidden[2]
        assert b" 404 " in hidden[0][0]
    finally:
        await scene.order("set_room", name=HALL, origins=[])


def policy_of(answer: bytes) -> str:
    """Return who may show what was answered, by its one policy."""
    head = answer.partition(b"\r\n\r\n")[0].decode()
    (policy,) = [line for line in head.split("\r\n") if line.startswith("Content-Security-Policy")]
    assert policy.count("frame-ancestors") == 1
    return policy.rpartition("; ")[2]


async def frame_without_cookies(scene: Scene) -> None:
    """What a frame and its host load sets none and looks at none: nothing there is to block."""
    for path in (f"/embed/{LOBBY}", "/embed/gone", "/widget.js", "/client.js", "/sockjs/info"):
        status, found = await scene.ask("GET", path)
        assert b"set-cookie" not in found.lower()
        with_cookies, same = await scene.ask("GET", path, "Cookie: sid=abc; _xsrf=2|a|b|1")
        assert with_cookies == status
        assert b"set-cookie" not in same.lower()
        if path != "/sockjs/info":
            assert lasting(same) == lasting(found)


async def packed_settings(scene: Scene) -> None:
    """What is packed is not unpacked, however little of it there is."""
    key = await key_of_den(scene)
    before = await settings(key, scene)
    for packing in ("gzip", "deflate", "br"):
        headers = {"Content-Type": JSON, "Content-Encoding": packing}
        answer = await scene.api(
            "PATCH", f"rooms/{DEN}", key, headers=headers, body=b'{"title": "Packed"}'
        )
        assert answer.status in {400, 415}
    assert await settings(key, scene) == before


QUICK = [
    *(Case(f"G90-{name}", partial(post_of_a_foreign_page, h)) for name, h in FOREIGN.items()),
    *(
        Case(f"G90-form-{(kind or 'nothing').partition(';')[0]}", partial(form_with_a_key, kind))
        for kind in SIMPLE
    ),
    Case("G90-preflight", preflight_of_a_foreign_page),
    *(Case(f"G92-{path.replace('/', '-')}", partial(in_a_frame, path)) for path in PAGES),
    Case("G93-foreign-page", in_a_frame_of_a_foreign_page),
    Case("G95-frame-without-cookies", frame_without_cookies),
    *(Case(name, partial(bad_settings, *bad)) for name, bad in BAD_SETTINGS.items()),
    Case("G100-packed", packed_settings),
]
