"""Coming in and going out, by a browser without scripts."""

import asyncio
import io
import logging
import re

import pyotp
import pytest

from tests.web.admin.visitor import BETTER, GOOD, Hallway, alert, arrives, hallway, open_hallway
from tornchat.access import totp
from tornchat.admin.signin import NO_LINK, WRONG

HOME = "http://chat.example/admin/"
HTTPS = "https://chat.example"


def cookie(hall: Hallway, name: str) -> str:
    secure = hall.office.config.server.base_url.startswith("https:")
    return f"__Host-{name}" if secure else name


@pytest.mark.parametrize("base_url", ["", HTTPS])
def test_cookies_are_as_safe_as_the_site_lets_them_be(tmp_path, base_url):
    async def main() -> None:
        async with open_hallway(tmp_path / "data", base_url=base_url) as hall:
            await hall.account()
            visitor = hall.visitor()
            await visitor.get("login")
            xsrf = visitor.set[cookie(hall, "xsrf")]
            assert arrives(await visitor.sign_in(), "login") == HOME
            sid = visitor.set[cookie(hall, "sid")]
            for morsel in (xsrf, sid):
                assert morsel["httponly"] is True
                assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/", "Lax", "")
                assert bool(morsel["secure"]) == bool(base_url)
            assert len(sid.value) == 43
            assert (await visitor.get("account")).status == 200

    asyncio.run(main())


@hallway(base_url=HTTPS)
async def test_plain_names_count_for_nothing_on_https(hall):
    """Any host below the same domain, or a page by http, could have set them."""
    await hall.account()
    visitor = hall.visitor()
    await visitor.sign_in()
    visitor.cookies = {"sid": visitor.cookies["__Host-sid"]}
    assert arrives(await visitor.get("account"), "account").endswith("/admin/login?next=account")


@hallway()
async def test_what_is_wrong_gets_one_answer_for_known_and_unknown(hall):
    await hall.account()
    await hall.account("Bob", totp=totp.new_secret())
    answers = []
    for name, password in (("Ann", BETTER), ("Bob", GOOD), ("Nobody", GOOD)):
        visitor = hall.visitor()
        answer = await visitor.sign_in(name, password)
        assert "sid" not in visitor.cookies
        body = re.sub(rb'value="2\|[^"]*"', b"", answer.body).replace(name.encode(), b"")
        answers.append((answer.status, alert(answer), body))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][:2] == (403, WRONG)


@hallway()
async def test_sixth_try_is_429_and_says_when_to_come_back(hall):
    await hall.account()
    visitor = hall.visitor()
    for _ in range(5):
        assert (await visitor.sign_in(password=BETTER)).status == 403
    answer = await visitor.sign_in()
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "sid" not in visitor.cookies


@hallway()
async def test_password_is_kept_in_no_page(hall):
    await hall.account()
    visitor = hall.visitor()
    answer = await visitor.sign_in(password=BETTER)
    assert BETTER.encode() not in answer.body
    assert b'value="Ann"' in answer.body


@hallway()
async def test_session_is_new_at_each_login_and_the_old_one_is_over(hall):
    """An id that somebody planted before must not become that of whoever signs in."""
    await hall.account()
    visitor = hall.visitor()
    visitor.cookies["sid"] = planted = "x" * 43
    await visitor.sign_in()
    first = visitor.cookies["sid"]
    assert first != planted
    await visitor.get("account")
    await visitor.post("login", name="Ann", password=GOOD)
    assert visitor.cookies["sid"] not in (first, planted)
    assert (await visitor.get("account")).status == 200
    for old in (first, planted):
        visitor.cookies["sid"] = old
        assert (await visitor.get("account")).status == 302


@hallway()
async def test_signed_out_means_out_also_for_the_old_cookie(hall):
    await hall.account()
    visitor = hall.visitor()
    await visitor.sign_in()
    old = visitor.cookies["sid"]
    await visitor.get("account")
    answer = await visitor.post("logout")
    assert arrives(answer, "logout") == f"{HOME}login"
    assert "sid" not in visitor.cookies
    assert b"You are signed out." in (await visitor.get("login")).body
    visitor.cookies["sid"] = old
    for path in ("account", "accounts", "", "nowhere"):
        answer = await visitor.get(path)
        assert arrives(answer, path).startswith(f"{HOME}login")
        assert answer.headers["Cache-Control"] == "no-store"


@hallway()
async def test_second_factor_is_asked_for(hall):
    secret = totp.new_secret()
    await hall.account(totp=secret)
    visitor = hall.visitor()
    assert (await visitor.sign_in()).status == 403
    code = pyotp.TOTP(secret).at(int(hall.office.clock.now))
    assert (await visitor.sign_in(code=f"{code[:3]} {code[3:]}")).status == 303


@hallway()
async def test_refusal_looks_like_the_admin_page_and_leads_to_the_login(hall):
    visitor = hall.visitor()
    await visitor.get("login")
    for answer in (await visitor.post("accounts", name="Eve"), await visitor.post("x", _xsrf="")):
        assert answer.status == 403
        assert b'href="../admin/login"' in answer.body
        assert b"Nothing" in answer.body or b"nothing" in answer.body


@hallway()
async def test_nothing_that_lets_anybody_in_reaches_the_log(hall):
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        secrets = await come_and_go(hall)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    assert "signed in" in heard.getvalue()
    for secret in secrets:
        assert secret not in heard.getvalue()


async def come_and_go(hall):
    """Use everything that lets somebody in once, right and wrong; return all of it."""
    code, _ = await hall.sign_in.links.issue(None)
    visitor = hall.visitor()
    await visitor.get(f"setup?code={code}")
    await visitor.post("setup", code=code, name="Ann", password=GOOD, again=GOOD)
    await visitor.get(f"setup/{code}")
    first = visitor.cookies["sid"]
    await visitor.get("account")
    token = (await visitor.post("token")).json["token"]
    await visitor.post("account", password=GOOD, new=BETTER, again=BETTER)
    await visitor.post("logout")
    await visitor.sign_in(password=GOOD)
    await visitor.sign_in(password=BETTER)
    return [code, GOOD, BETTER, first, visitor.cookies["sid"], visitor.xsrf, token]


# ── where to go next ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "back"),
    [("account", "account"), ("rooms/lobby?sort=name&page=2", "rooms/lobby?sort=name&page=2")],
)
def test_login_leads_back_to_where_one_wanted_to_go(tmp_path, path, back):
    async def main() -> None:
        async with open_hallway(tmp_path / "data") as hall:
            await hall.account()
            visitor = hall.visitor()
            login = arrives(await visitor.get(path), path)
            answer = await visitor.get(login.partition("/admin/")[2])
            way = re.search(rb'name="next" value="([^"]*)"', answer.body)
            assert way
            following = way[1].decode().replace("&amp;", "&")
            answer = await visitor.post("login", name="Ann", password=GOOD, next=following)
            assert arrives(answer, "login") == HOME + back

    asyncio.run(main())


EVIL = (
    "//evil.example", "https:evil.example", "https://evil.example", "/\\evil.example", "\\\\evil",
    "/evil", "../../evil", "rooms/../../evil", "%2e%2e/evil", "rooms\r\nLocation: //evil",
    "javascript:alert(1)", "a:b", "rooms?x=\r\nSet-Cookie: a=b", "é",
    ".", "x" * 501, "@evil", ";//evil",
)  # fmt: skip


@hallway()
async def test_login_leads_nowhere_else(hall):
    await hall.account()
    for following in EVIL:
        visitor = hall.visitor()
        await visitor.get("login")
        answer = await visitor.post("login", name="Ann", password=GOOD, next=following)
        if answer.status != 400:  # controls in a field
            assert arrives(answer, "login") == HOME, following
            assert len(visitor.set) == 1


@hallway()
async def test_who_is_signed_in_goes_on_from_the_login(hall):
    await hall.account()
    await hall.account("Mo", rooms=frozenset({"lobby"}))
    for name, start in (("Ann", ""), ("Mo", "rooms")):
        visitor = hall.visitor()
        assert arrives(await visitor.sign_in(name), "login") == HOME + start
        assert arrives(await visitor.get("login"), "login") == HOME + start
        assert arrives(await visitor.get("login?next=account"), "login") == f"{HOME}account"
        assert arrives(await visitor.get("login?next=//evil"), "login") == HOME + start


# ── set-up ──────────────────────────────────────────────────────────────────────────────────────


@hallway()
async def test_first_admin_is_made_by_the_link_and_is_in(hall):
    code, _ = await hall.sign_in.links.issue(None)
    visitor = hall.visitor()
    assert b"Nobody has set up this page yet" in (await visitor.get("login")).body
    assert b'name="name"' in (await visitor.get("setup")).body
    fields = {"code": code, "name": "Ann", "password": GOOD, "again": GOOD}
    wrong = [
        ({"again": BETTER}, 400, "not the same"),
        ({"password": "password1", "again": "password1"}, 400, "easy to guess"),
        ({"name": "a\u200bb"}, 400, "cannot be part of a name"),
        ({"code": "x" * 43}, 403, NO_LINK),
    ]
    for change, status, words in wrong:
        answer = await visitor.post("setup", **{**fields, **change})
        assert answer.status == status
        assert words in alert(answer)
        assert GOOD.encode() not in answer.body
    assert arrives(await visitor.post("setup", **fields), "setup") == HOME
    assert (await visitor.get("account")).status == 200
    stranger = hall.visitor()
    assert b'name="name"' not in (await stranger.get("setup")).body
    assert (await stranger.post("setup", **fields)).status == 403


@hallway()
async def test_code_is_in_no_address_that_the_page_makes(hall):
    visitor = hall.visitor()
    answer = await visitor.get("setup")
    assert re.search(rb'<form[^>]* method="post" action="[^"?#]*"', answer.body)
    assert b"data-setup-code" in answer.body


# ── what other sites send ───────────────────────────────────────────────────────────────────────

POSTS = ("login", "setup", "logout", "token", "account", "account/second-factor",
         "account/second-factor/off", "account/sign-out-everywhere", "accounts",
         "accounts/link", "accounts/rooms", "accounts/remove")  # fmt: skip


@hallway()
async def test_post_without_or_with_a_foreign_token_is_refused(hall):
    await hall.account()
    visitor, other = hall.visitor(), hall.visitor()
    await visitor.sign_in()
    await visitor.get("account")
    await other.get("login")
    before = hall.sign_in.book.all()
    for path in POSTS:
        for token in ("", other.xsrf, "junk", "2|x|y|z", visitor.xsrf[:30]):
            answer = await visitor.post(path, _xsrf=token, name="Ann", password=GOOD)
            assert answer.status == 403, (path, token)
            assert b"keeps no cookies" in answer.body
    assert hall.sign_in.book.all() == before
    assert (await visitor.get("account")).status == 200


@hallway()
async def test_post_from_another_site_is_refused_whatever_it_holds(hall):
    await hall.account()
    visitor = hall.visitor()
    await visitor.sign_in()
    await visitor.get("account")
    for where in ("cross-site", "same-site", "junk"):
        for path in POSTS:
            answer = await visitor.post(path, f"Sec-Fetch-Site: {where}", name="Eve")
            assert answer.status == 403, (path, where)
    for origin in ("http://evil.example", "http://chat.example:8001", "null"):
        for path in POSTS:
            answer = await visitor.post(path, f"Origin: {origin}", name="Eve")
            assert answer.status == 403, (path, origin)
    own = ("Sec-Fetch-Site: same-origin", "Origin: http://chat.example")
    assert (await visitor.post("accounts", *own, name="Eve")).status == 201


@hallway()
async def test_browser_without_cookies_is_told_so(hall):
    await hall.account()
    visitor = hall.visitor()
    await visitor.get("login")
    visitor.cookies.clear()
    answer = await visitor.post("login", name="Ann", password=GOOD)
    assert answer.status == 403
    assert b"your browser keeps no cookies" in answer.body


@hallway()
async def test_signed_out_post_is_403_and_says_that_nothing_changed(hall):
    visitor = hall.visitor()
    await visitor.get("login")
    for path in ("account", "accounts", "nowhere"):
        answer = await visitor.post(path, name="Eve")
        assert answer.status == 403
        assert b"nothing was changed" in answer.body


@hallway()
async def test_every_answer_is_kept_by_nobody_and_framed_by_nobody(hall):
    await hall.account()
    visitor = hall.visitor()
    answers = [await visitor.get("login"), await visitor.get("account"), await visitor.get("setup")]
    answers += [await visitor.sign_in(password=BETTER), await visitor.sign_in()]
    for path in ("account", "accounts", "account/second-factor", "nowhere"):
        answers.append(await visitor.get(path))
    answers += [
        await visitor.post("token"),
        await visitor.post("accounts"),
        await visitor.post("x"),
    ]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


# ── the token of the socket ─────────────────────────────────────────────────────────────────────


@hallway()
async def test_token_is_for_the_session_that_asked(hall):
    await hall.account("Mo", rooms=frozenset({"lobby"}))
    visitor = hall.visitor()
    await visitor.sign_in("Mo")
    await visitor.get("account")
    answer = await visitor.post("token")
    found = hall.office.tokens.read(answer.json["token"])
    assert (found.kind, found.name) == ("admin", "Mo")
    assert [permit.pattern for permit in found.permits or ()] == ["lobby"]
    assert hall.sign_in.sessions.lasts(found.session)
    assert answer.json["expires"] == (hall.office.clock.now + 300) * 1000


@hallway()
async def test_token_is_for_nobody_else_and_refusals_are_json(hall):
    visitor = hall.visitor()
    await visitor.get("login")
    answer = await visitor.post("token")
    assert answer.status == 403
    assert answer.json["error"]["code"] == "forbidden"
    answer = await visitor.get("token")
    assert answer.status in (302, 405)
