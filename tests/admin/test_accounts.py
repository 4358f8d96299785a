"""The verbs about accounts, one's own among them."""

from dataclasses import replace
from typing import Any

import pyotp
import pytest

from tests.admin.office import Office, scenario
from tests.admin.operator import Operator
from tornchat.access import passwords, totp
from tornchat.access.admintokens import MAX_ROOMS
from tornchat.admin.actor import Actor
from tornchat.admin.signin import actor_of
from tornchat.errors import BadRequest, ChatError, Conflict, Forbidden, NotFound, RateLimited
from tornchat.store.accounts import AccountRecord, read_accounts, read_sessions

GOOD = "violet tram over nine hills"
BETTER = "eleven owls beside the quarry"
KEPT = passwords.hashed(GOOD)
HERE = "203.0.113.7"


async def made(office: Office, name: str, rooms: frozenset[str] | None = None) -> AccountRecord:
    return await office.sign_in.book.add(name, password=KEPT, rooms=rooms, created=1)


def as_(office: Office, account: AccountRecord) -> Operator:
    return Operator(office.verbs, actor_of(account, HERE))


async def opened(office: Office, account: AccountRecord) -> str:
    return (await office.sign_in.sessions.open(account.id, HERE, "a browser"))[0]


def signed_in(office: Office, session: str) -> bool:
    return office.sign_in.who(session, HERE) is not None


@scenario(base_url="https://site.example/chat")
async def test_account_is_made_with_a_link_that_only_this_answer_holds(office: Office) -> None:
    link = await office.administration.add_account("Ann")
    assert link.name == "Ann"
    address, _, code = link.link.partition("#")
    assert address == "https://site.example/chat/admin/setup"
    (account,) = await office.administration.accounts()
    assert (account.name, account.rooms, account.ready) == ("Ann", None, False)
    for kept in (account, office.store.found(read_accounts), await office.administration.audit()):
        assert code not in str(kept)


@scenario()
async def test_account_of_a_moderator_names_its_rooms(office: Office) -> None:
    await office.administration.add_account("mo", rooms=["tea", "den", "den"])
    (account,) = await office.administration.accounts()
    assert account.rooms == ("den", "tea")


@pytest.mark.parametrize("rooms", [[], "den", ["No Room"], [7], ["den"] * (MAX_ROOMS + 1), {}])
def test_wrong_rooms_are_refused_and_never_mean_everything(tmp_path: Any, rooms: object) -> None:
    @scenario()
    async def body(office: Office) -> None:
        with pytest.raises(BadRequest, match="room"):
            await office.administration.add_account("mo", rooms=rooms)
        assert await office.administration.accounts() == []

    body(tmp_path)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\u200bb", "x" * 33, 7, None, "\u202eann"])
def test_wrong_name_is_refused(tmp_path: Any, name: object) -> None:
    @scenario()
    async def body(office: Office) -> None:
        with pytest.raises(BadRequest, match="name"):
            await office.administration.add_account(name)

    body(tmp_path)


@scenario()
async def test_name_that_looks_like_another_is_taken(office: Office) -> None:
    await office.administration.add_account("Ann")
    for name in ("ann", "ＡＮＮ", "\u0410nn"):
        with pytest.raises(Conflict):
            await office.administration.add_account(name)


@scenario()
async def test_removed_account_is_signed_out_at_once_on_disk_too(office: Office) -> None:
    ann, bob = await made(office, "Ann"), await made(office, "Bob")
    mine, theirs = await opened(office, ann), await opened(office, bob)
    ended: list[str] = []
    office.sign_in.sessions.on_ended = ended.append
    await as_(office, ann).remove_account("bob")
    assert (signed_in(office, mine), signed_in(office, theirs)) == (True, False)
    assert len(ended) == 1
    assert [session.account_id for session in office.store.found(read_sessions)] == [ann.id]
    assert [account.name for account in office.store.found(read_accounts)] == ["Ann"]


@scenario()
async def test_nobody_removes_or_limits_themselves_or_the_last_in_charge(office: Office) -> None:
    ann = await made(office, "Ann")
    await made(office, "Mo", frozenset({"den"}))
    someone = Operator(office.verbs, Actor("key", "key"))
    for verbs in (as_(office, ann), someone):
        with pytest.raises(Conflict):
            await verbs.remove_account("Ann")
        with pytest.raises(Conflict):
            await verbs.set_account_rooms("Ann", rooms=["den"])
    assert not office.sign_in.book.lacks_admin
    await office.administration.remove_account("Ann")
    assert office.sign_in.book.lacks_admin


@scenario()
async def test_nobody_removes_themselves_also_where_others_are_in_charge(office: Office) -> None:
    ann, bob = await made(office, "Ann"), await made(office, "Bob")
    with pytest.raises(Conflict, match="your own account"):
        await as_(office, ann).remove_account("ann")
    with pytest.raises(Conflict, match="your own account"):
        await as_(office, ann).set_account_rooms("ann", rooms=["den"])
    await as_(office, bob).remove_account("ann")


@scenario()
async def test_changed_rooms_count_at_the_next_login_and_the_old_sessions_end(
    office: Office,
) -> None:
    mo = await made(office, "Mo", frozenset({"den"}))
    session = await opened(office, mo)
    changed = await office.administration.set_account_rooms("mo", rooms=["tea"])
    assert changed.rooms == ("tea",)
    assert not signed_in(office, session)
    assert (await office.administration.set_account_rooms("mo")).rooms is None


@scenario()
async def test_moderator_reaches_no_verb_about_accounts(office: Office) -> None:
    await made(office, "Ann")
    mo = as_(office, await made(office, "Mo", frozenset({"den"})))
    for ask in (
        mo.accounts(),
        mo.add_account("Eve"),
        mo.link_account("Ann"),
        mo.set_account_rooms("Mo"),
        mo.remove_account("Ann"),
    ):
        with pytest.raises(NotFound):
            await ask


@scenario()
async def test_list_says_who_is_signed_in_how_often_and_since_when(office: Office) -> None:
    ann = await made(office, "Ann")
    await opened(office, ann)
    office.clock.now += 60
    await opened(office, ann)
    (info,) = await office.administration.accounts()
    assert (info.sessions, info.seen) == (2, int(office.clock.now * 1000))
    assert "argon2" not in str(info)


# ── one's own ───────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_own_password_is_changed_and_all_sessions_end(office: Office) -> None:
    for account in (await made(office, "Ann"), await made(office, "Mo", frozenset({"den"}))):
        sessions = [await opened(office, account) for _ in range(2)]
        done = await as_(office, account).set_password(GOOD, BETTER)
        assert (done.name, done.ended) == (account.name, 2)
        assert not any(signed_in(office, session) for session in sessions)
        await office.sign_in.confirm(account.name, BETTER, None, "x")
        with pytest.raises(Forbidden):
            await office.sign_in.confirm(account.name, GOOD, None, "x")


@scenario()
async def test_wrong_present_password_changes_nothing_and_is_throttled(office: Office) -> None:
    ann = await made(office, "Ann")
    session = await opened(office, ann)
    for _ in range(5):
        with pytest.raises(Forbidden, match="present password"):
            await as_(office, ann).set_password(BETTER, BETTER)
    with pytest.raises(RateLimited):
        await as_(office, ann).disable_second_factor(GOOD)
    assert signed_in(office, session)
    assert office.sign_in.book.get(ann.id) == ann


@scenario()
async def test_new_password_that_is_guessable_changes_nothing(office: Office) -> None:
    ann = await made(office, "Ann")
    with pytest.raises(BadRequest, match="easy to guess"):
        await as_(office, ann).set_password(GOOD, "password1")
    assert office.sign_in.book.get(ann.id) == ann


@scenario()
async def test_second_factor_needs_the_password_and_a_code_of_the_app(office: Office) -> None:
    ann = await made(office, "Ann")
    verbs, secret = as_(office, ann), totp.new_secret()
    code = pyotp.TOTP(secret).at(int(office.clock.now))
    for password, key, typed in (
        (BETTER, secret, code), (GOOD, secret, "000000"), (GOOD, "A" * 31, code),
        (GOOD, "", code),
    ):  # fmt: skip
        with pytest.raises((Forbidden, BadRequest)):
            await verbs.enable_second_factor(password, key, typed)
    await verbs.enable_second_factor(GOOD, secret, code)
    found = office.sign_in.book.get(ann.id)
    assert found is not None
    assert found.totp == secret
    with pytest.raises(Conflict):
        await verbs.enable_second_factor(GOOD, totp.new_secret(), code)
    assert (await office.administration.accounts())[0].totp
    await verbs.disable_second_factor(GOOD)
    assert office.sign_in.book.get(ann.id) == replace(found, totp=None)


@scenario()
async def test_code_that_turned_the_second_factor_on_opens_nothing_any_more(
    office: Office,
) -> None:
    ann, secret = await made(office, "Ann"), totp.new_secret()
    code = pyotp.TOTP(secret).at(int(office.clock.now))
    await as_(office, ann).enable_second_factor(GOOD, secret, code)
    with pytest.raises(Forbidden):
        await office.sign_in.confirm("Ann", GOOD, code, "x")


@scenario()
async def test_signing_out_everywhere_ends_all_of_ones_own_sessions(office: Office) -> None:
    ann, bob = await made(office, "Ann"), await made(office, "Bob")
    mine = [await opened(office, ann) for _ in range(3)]
    theirs = await opened(office, bob)
    assert (await as_(office, ann).sign_out_everywhere()).ended == 3
    assert not any(signed_in(office, session) for session in mine)
    assert signed_in(office, theirs)


@pytest.mark.parametrize("person", [None, "a_", "a_99", "a_x", "g_1", "1", "a_\u0661"])
def test_own_account_is_nobody_elses(tmp_path: Any, person: str | None) -> None:
    @scenario()
    async def body(office: Office) -> None:
        await made(office, "Ann")
        verbs = Operator(office.verbs, Actor("somebody", "key", person_id=person))
        for ask in (
            verbs.set_password(GOOD, BETTER),
            verbs.enable_second_factor(GOOD, "", ""),
            verbs.disable_second_factor(GOOD),
            verbs.sign_out_everywhere(),
        ):
            with pytest.raises(NotFound):
                await ask

    body(tmp_path)


@scenario()
async def test_no_secret_reaches_the_audit_log(office: Office) -> None:
    ann, secret = await made(office, "Ann"), totp.new_secret()
    verbs = as_(office, ann)
    code = pyotp.TOTP(secret).at(int(office.clock.now))
    await verbs.enable_second_factor(GOOD, secret, code)
    await verbs.disable_second_factor(GOOD)
    await verbs.set_password(GOOD, BETTER)
    link = await verbs.link_account("Ann")
    with pytest.raises(ChatError):
        await verbs.set_password(GOOD, "x")
    rows = await office.administration.audit()
    assert [(row.verb, row.subject) for row in rows] == [
        ("link_account", "Ann"),
        ("set_password", "Ann"),
        ("disable_second_factor", "Ann"),
        ("enable_second_factor", "Ann"),
    ]
    for hidden in (GOOD, BETTER, secret, code, link.link.partition("#")[2]):
        assert hidden not in str(rows)
