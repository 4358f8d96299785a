"""One's own account and those of others, by a browser without scripts."""

import re

import pyotp

from tests.web.admin.visitor import BETTER, GOOD, alert, arrives, hallway

HOME = "http://chat.example/admin/"


@hallway()
async def test_new_password_gives_this_browser_a_new_session_and_ends_the_others(hall):
    await hall.account()
    here, there = hall.visitor(), hall.visitor()
    await here.sign_in()
    await there.sign_in()
    old = here.cookies["sid"]
    await here.get("account")
    answer = await here.post("account", password=GOOD, new=BETTER, again=BETTER)
    assert arrives(answer, "account") == f"{HOME}account"
    assert here.cookies["sid"] != old
    page = await here.get("account")
    assert b"1 other browser is signed out" in page.body
    assert (await there.get("account")).status == 302
    here.cookies["sid"] = old
    assert (await here.get("account")).status == 302
    assert (await hall.visitor().sign_in(password=GOOD)).status == 403
    assert (await hall.visitor().sign_in(password=BETTER)).status == 303


@hallway()
async def test_password_that_will_not_do_is_said_in_the_form_and_changes_nothing(hall):
    account = await hall.account()
    visitor = hall.visitor()
    await visitor.sign_in()
    account = hall.sign_in.book.get(account.id)
    session = visitor.cookies["sid"]
    await visitor.get("account")
    for fields, status, words in (
        ({"password": GOOD, "new": BETTER, "again": GOOD}, 400, "not the same"),
        ({"password": BETTER, "new": BETTER, "again": BETTER}, 403, "present password is wrong"),
        ({"password": GOOD, "new": "password1", "again": "password1"}, 400, "easy to guess"),
        ({"password": GOOD, "new": "x" * 1025, "again": "x" * 1025}, 400, "at most 1024 bytes"),
    ):
        answer = await visitor.post("account", **fields)
        assert answer.status == status
        assert words in alert(answer)
    assert hall.sign_in.book.get(account.id) == account
    assert visitor.cookies["sid"] == session


@hallway()
async def test_second_factor_is_set_up_with_what_the_page_shows(hall):
    await hall.account()
    visitor = hall.visitor()
    await visitor.sign_in()
    page = await visitor.get("account/second-factor")
    found = re.search(rb'name="secret" value="([A-Z2-7]{32})"', page.body)
    assert found
    secret = found[1].decode()
    assert b'src="data:image/svg+xml' in page.body
    code = pyotp.TOTP(secret).at(int(hall.office.clock.now))
    answer = await visitor.post(
        "account/second-factor", secret=secret, code="000000", password=GOOD
    )
    assert answer.status == 400
    assert "not the code" in alert(answer)
    assert secret.encode() in answer.body, "the app has been told this one"
    answer = await visitor.post("account/second-factor", secret=secret, code=code, password=GOOD)
    assert arrives(answer, "account/second-factor") == f"{HOME}account"
    assert (await hall.visitor().sign_in()).status == 403
    answer = await visitor.post("account/second-factor/off", password=BETTER)
    assert answer.status == 403
    assert (await visitor.post("account/second-factor/off", password=GOOD)).status == 303
    assert (await hall.visitor().sign_in()).status == 303


@hallway()
async def test_page_says_which_browsers_are_signed_in_and_ends_them_all(hall):
    await hall.account()
    here, there = hall.visitor(), hall.visitor()
    await here.sign_in()
    await there.ask("GET", "/admin/login")
    await there.post("login", "User-Agent: Firefox <b>9</b>", name="Ann", password=GOOD)
    page = (await here.get("account")).body
    assert b'title="Firefox &lt;b&gt;9&lt;/b&gt;">Firefox</span>' in page
    assert page.count(b"this one") == 1
    answer = await here.post("account/sign-out-everywhere")
    assert arrives(answer, "account/sign-out-everywhere") == f"{HOME}login"
    for visitor in (here, there):
        assert (await visitor.get("account")).status == 302


@hallway()
async def test_account_is_made_and_its_link_is_shown_once(hall):
    await hall.account()
    visitor = hall.visitor()
    await visitor.sign_in()
    await visitor.get("accounts")
    answer = await visitor.post("accounts", name="Bob", scope="everything")
    assert answer.status == 201
    link = re.search(rb'<code id="link">([^<]*)</code>', answer.body)
    assert link
    address, _, code = link[1].decode().partition("#")
    assert address == "http://chat.example/admin/setup"
    assert code.encode() not in (await visitor.get("accounts")).body
    bob = hall.visitor()
    await bob.get("setup")
    assert (await bob.post("setup", code=code, password=BETTER, again=BETTER)).status == 303
    assert (await bob.get("accounts")).status == 200


@hallway()
async def test_moderator_sees_the_own_account_and_no_other(hall):
    await hall.account("Mo", rooms=frozenset({"lobby"}))
    await hall.account()
    visitor = hall.visitor()
    await visitor.sign_in("Mo")
    assert (await visitor.get("account")).status == 200
    assert (await visitor.get("accounts")).status == 404
    for what in ("", "/link", "/rooms", "/remove"):
        answer = await visitor.post(f"accounts{what}", name="Ann", scope="everything")
        assert answer.status == 404
    assert len(hall.sign_in.book) == 2


@hallway()
async def test_wrong_account_is_said_above_the_form_with_what_was_typed(hall):
    await hall.account()
    visitor = hall.visitor()
    await visitor.sign_in()
    await visitor.get("accounts")
    for fields, status, words in (
        ({"name": "ANN"}, 409, "looks like it"),
        ({"name": "Mo", "scope": "rooms", "rooms": ""}, 400, "expected the names of the rooms"),
        ({"name": "Mo", "scope": "rooms", "rooms": "No!"}, 400, "room: expected a name"),
    ):
        answer = await visitor.post("accounts", **fields)
        assert answer.status == status
        assert words in alert(answer)
        assert f'name="name" value="{fields["name"]}"'.encode() in answer.body


@hallway()
async def test_account_is_limited_then_removed(hall):
    await hall.account()
    await hall.account("Bob")
    ann, bob = hall.visitor(), hall.visitor()
    await ann.sign_in()
    await bob.sign_in("Bob")
    await ann.get("accounts")
    change = {"name": "Bob", "scope": "rooms", "rooms": "den, tea"}
    assert (await ann.post("accounts/rooms", **change)).status == 303
    assert (await bob.get("account")).status == 302
    assert (await bob.sign_in("Bob")).status == 303
    assert (await bob.get("accounts")).status == 404
    assert (await ann.post("accounts/remove", name="Ann")).status == 409
    assert (await ann.post("accounts/remove", name="Bob")).status == 303
    assert (await bob.get("account")).status == 302
    assert (await bob.sign_in("Bob")).status == 403
