"""The ways in: password, second factor, one-time link; and what is told to who gets none."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import argon2
import pyotp
import pytest

from tests.access.tokens import NOW
from tests.admin.office import Office, open_office, scenario
from tornchat.access import passwords, totp
from tornchat.admin import hashing
from tornchat.admin.signin import NO_LINK, WRONG, Visitor
from tornchat.errors import BadRequest, Conflict, Forbidden, Overloaded, RateLimited
from tornchat.store.accounts import AccountRecord

GOOD = "violet tram over nine hills"
BETTER = "eleven owls beside the quarry"
HERE = Visitor("203.0.113.7", "a browser")
THERE = Visitor("198.51.100.1", "another")
KEPT = passwords.hashed(GOOD)


async def made(office: Office, name: str = "Ann", **more: Any) -> AccountRecord:
    account = await office.sign_in.book.add(name, password=KEPT, created=1)
    if more:
        account = replace(account, **more)
        await office.sign_in.book.change(account)
    return account


async def refused(entry: Coroutine[Any, Any, Any]) -> str:
    with pytest.raises(Forbidden) as caught:
        await entry
    return caught.value.message


def code_at(secret: str, now: float) -> str:
    return pyotp.TOTP(secret).at(int(now))


@scenario()
async def test_right_password_lets_in_under_a_name_written_in_any_way(office: Office) -> None:
    account = await made(office)
    for name in ("Ann", "ann", " ANN "):
        text, signed = await office.sign_in.with_password(name.strip(), GOOD, "", HERE)
        assert signed.account.id == account.id
        found = office.sign_in.who(text, HERE.place)
        assert found is not None
        assert found.account.last_login == NOW * 1000


@scenario()
async def test_what_is_wrong_is_told_to_nobody(office: Office) -> None:
    """Unknown, without a password yet, wrong password, wrong code: one sentence."""
    secret = totp.new_secret()
    await made(office)
    await made(office, "Bob", totp=secret)
    await office.sign_in.book.add("New", created=1)
    enter = office.sign_in.with_password
    said = {
        await refused(enter("Nobody", GOOD, "", HERE)),
        await refused(enter("New", GOOD, "", HERE)),
        await refused(enter("Ann", BETTER, "", HERE)),
        await refused(enter("Bob", GOOD, "", HERE)),
        await refused(enter("Bob", GOOD, "000000", HERE)),
    }
    assert said == {WRONG}


@scenario()
async def test_unknown_name_costs_one_hash_as_a_known_one_does(office: Office) -> None:
    """Counted, since the time of one hash is the time of a login."""
    await made(office)
    counted: list[bool] = []
    right = office.sign_in.hashing.fits

    async def fits(kept: str | None, text: str) -> bool:
        counted.append(kept is None)
        return await right(kept, text)

    office.sign_in.hashing.fits = fits  # type: ignore[method-assign]
    await refused(office.sign_in.with_password("Ann", BETTER, "", HERE))
    await refused(office.sign_in.with_password("Nobody", BETTER, "", HERE))
    assert counted == [False, True]


@scenario()
async def test_sixth_wrong_password_waits_and_the_owner_elsewhere_does_not(office: Office) -> None:
    await made(office)
    for _ in range(5):
        await refused(office.sign_in.with_password("Ann", BETTER, "", HERE))
    with pytest.raises(RateLimited) as caught:
        await office.sign_in.with_password("Ann", GOOD, "", HERE)
    assert caught.value.retry_after
    await office.sign_in.with_password("Ann", GOOD, "", THERE)


@scenario()
async def test_many_tries_at_once_are_no_way_around_the_throttle(office: Office) -> None:
    await made(office)
    tries = [office.sign_in.with_password("Ann", BETTER, "", HERE) for _ in range(20)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(error) for error in found].count(Forbidden) == 5
    assert [type(error) for error in found].count(RateLimited) == 15


@scenario()
async def test_password_over_a_kibibyte_counts_as_no_try(office: Office) -> None:
    await made(office)
    for _ in range(10):
        with pytest.raises(BadRequest):
            await office.sign_in.with_password("Ann", "x" * 1025, "", HERE)
    await office.sign_in.with_password("Ann", GOOD, "", HERE)


@scenario()
async def test_code_is_asked_for_and_counts_once(office: Office) -> None:
    secret = totp.new_secret()
    await made(office, totp=secret)
    code = code_at(secret, office.clock.now)
    await office.sign_in.with_password("Ann", GOOD, code, HERE)
    await refused(office.sign_in.with_password("Ann", GOOD, code, THERE))
    office.clock.now += 30
    await office.sign_in.with_password("Ann", GOOD, code_at(secret, office.clock.now), HERE)


@scenario()
async def test_code_used_twice_at_once_counts_once(office: Office) -> None:
    secret = totp.new_secret()
    await made(office, totp=secret)
    code = code_at(secret, office.clock.now)
    tries = [office.sign_in.with_password("Ann", GOOD, code, HERE) for _ in range(3)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(result) for result in found].count(tuple) == 1


def test_code_that_was_used_stays_used_after_a_restart(tmp_path: Any) -> None:
    secret = totp.new_secret()

    async def main() -> None:
        async with open_office(tmp_path / "data") as office:
            await made(office, totp=secret)
            code = code_at(secret, office.clock.now)
            await office.sign_in.with_password("Ann", GOOD, code, HERE)
        async with open_office(tmp_path / "data") as office:
            await refused(office.sign_in.with_password("Ann", GOOD, code, HERE))

    asyncio.run(main())


@scenario()
async def test_codes_cannot_be_guessed_from_many_places(office: Office) -> None:
    await made(office, totp=totp.new_secret())
    found = []
    for number in range(25):
        visitor = Visitor(f"203.0.113.{number}", "")
        try:
            await office.sign_in.with_password("Ann", GOOD, "123456", visitor)
        except (Forbidden, RateLimited) as error:
            found.append(type(error))
    assert found == [Forbidden] * 20 + [RateLimited] * 5


@scenario()
async def test_account_that_changes_while_its_password_is_looked_at_lets_nobody_in(
    office: Office,
) -> None:
    account = await made(office)
    changes: list[Callable[[], Coroutine[Any, Any, Any]]] = [
        lambda: office.sign_in.book.change(replace(account, password=passwords.DECOY)),
        lambda: office.sign_in.book.remove(account.id),
    ]
    right = office.sign_in.hashing.fits

    async def fits(kept: str | None, text: str) -> bool:
        found = await right(kept, text)
        await changes.pop()()
        return found

    office.sign_in.hashing.fits = fits  # type: ignore[method-assign]
    await refused(office.sign_in.with_password("Ann", GOOD, "", HERE))
    changes[0] = lambda: office.sign_in.book.change(replace(account, password=passwords.DECOY))
    account = await made(office)
    await refused(office.sign_in.with_password("Ann", GOOD, "", HERE))


@scenario()
async def test_hash_of_other_costs_is_made_anew_at_a_login(office: Office) -> None:

    old = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    account = await made(office, password=old)
    await office.sign_in.with_password("Ann", GOOD, "", HERE)
    found = office.sign_in.book.get(account.id)
    assert found is not None
    assert found.password is not None
    assert not passwords.outdated(found.password)
    await office.sign_in.with_password("Ann", GOOD, "", HERE)


@scenario()
async def test_too_many_logins_at_once_are_told_so(
    office: Office,
) -> None:
    pool = office.sign_in.hashing
    most = hashing.THREADS + hashing.MOST_WAITING
    tries = [pool.fits(None, GOOD) for _ in range(most + 3)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(result) for result in found].count(Overloaded) == 3
    assert await pool.fits(KEPT, GOOD)


# ── links ───────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_first_link_makes_the_first_admin_and_counts_once(office: Office) -> None:
    code, expires = await office.sign_in.links.issue(None)
    assert expires == (NOW + 1800) * 1000
    assert office.sign_in.book.lacks_admin
    text, signed = await office.sign_in.with_link(code, "Ann", GOOD, HERE)
    assert (signed.account.name, signed.account.rooms) == ("Ann", None)
    assert office.sign_in.who(text, HERE.place) is not None
    assert await refused(office.sign_in.with_link(code, "Eve", BETTER, HERE)) == NO_LINK
    await office.sign_in.with_password("Ann", GOOD, "", HERE)


@scenario()
async def test_link_counts_for_half_an_hour(office: Office) -> None:
    code, _ = await office.sign_in.links.issue(None)
    office.clock.now += 1800
    assert await refused(office.sign_in.with_link(code, "Ann", GOOD, HERE)) == NO_LINK


@scenario()
async def test_newer_link_voids_the_one_before(office: Office) -> None:
    first, _ = await office.sign_in.links.issue(None)
    second, _ = await office.sign_in.links.issue(None)
    assert await refused(office.sign_in.with_link(first, "Ann", GOOD, HERE)) == NO_LINK
    await office.sign_in.with_link(second, "Ann", GOOD, HERE)


@scenario()
async def test_first_link_is_worth_nothing_once_there_is_an_admin(office: Office) -> None:
    code, _ = await office.sign_in.links.issue(None)
    await made(office, "Mo", rooms=frozenset({"den"}))
    assert office.sign_in.book.lacks_admin
    await made(office)
    assert await refused(office.sign_in.with_link(code, "Eve", GOOD, HERE)) == NO_LINK


@scenario()
async def test_two_who_use_a_link_at_once_get_one_account(office: Office) -> None:
    code, _ = await office.sign_in.links.issue(None)
    tries = [office.sign_in.with_link(code, name, GOOD, HERE) for name in ("Ann", "Eve")]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(result).__name__ for result in found) == ["Forbidden", "tuple"]
    assert len(office.sign_in.book) == 1


@scenario()
async def test_link_still_counts_after_a_password_that_will_not_do(office: Office) -> None:
    await made(office, "Mo", rooms=frozenset({"den"}))
    code, _ = await office.sign_in.links.issue(None)
    for _ in range(10):
        with pytest.raises(BadRequest):
            await office.sign_in.with_link(code, "Ann", "password1", HERE)
    with pytest.raises(BadRequest):
        await office.sign_in.with_link(code, "a\u200bb", GOOD, HERE)
    with pytest.raises(Conflict):
        await office.sign_in.with_link(code, "MO", GOOD, HERE)
    await office.sign_in.with_link(code, "Ann", GOOD, HERE)


@scenario()
async def test_link_of_an_account_sets_its_password_and_signs_all_others_out(
    office: Office,
) -> None:
    account = await made(office, totp=totp.new_secret(), rooms=frozenset({"den"}))
    before, _ = await office.sign_in.sessions.open(account.id, "x", "")
    code, _ = await office.sign_in.links.issue(account.id)
    text, signed = await office.sign_in.with_link(code, "ignored", BETTER, HERE)
    assert (signed.account.id, signed.account.name) == (account.id, "Ann")
    assert signed.account.rooms == frozenset({"den"})
    assert office.sign_in.who(before, "x") is None
    assert office.sign_in.who(text, HERE.place) is not None
    await refused(office.sign_in.with_password("Ann", GOOD, "", HERE))
    await office.sign_in.with_password("Ann", BETTER, "", HERE)


@scenario()
async def test_link_of_a_removed_account_is_worth_nothing(office: Office) -> None:
    """It must not become that of a first admin either."""
    account = await made(office)
    code, _ = await office.sign_in.links.issue(account.id)
    await office.sign_in.book.remove(account.id)
    office.sign_in.links.forget(account.id)
    assert office.sign_in.book.lacks_admin
    assert await refused(office.sign_in.with_link(code, "Eve", GOOD, HERE)) == NO_LINK


@scenario()
async def test_wrong_codes_of_links_are_throttled(office: Office) -> None:
    code, _ = await office.sign_in.links.issue(None)
    for number in range(5):
        await refused(office.sign_in.with_link(f"{code}{number}", "Eve", GOOD, HERE))
    with pytest.raises(RateLimited):
        await office.sign_in.with_link(code, "Ann", GOOD, HERE)
    await office.sign_in.with_link(code, "Ann", GOOD, THERE)


@scenario()
async def test_each_way_in_is_written_down_without_what_opened_it(office: Office) -> None:
    code, _ = await office.sign_in.links.issue(None)
    await office.sign_in.with_link(code, "Ann", GOOD, HERE)
    await office.sign_in.with_password("Ann", GOOD, "", THERE)
    found = await office.administration.audit()
    assert [(row.verb, row.actor, row.place) for row in found] == [
        ("sign_in", "Ann", THERE.place),
        ("sign_in_by_link", "Ann", HERE.place),
    ]
    assert code not in str(found)
    assert GOOD not in str(found)
