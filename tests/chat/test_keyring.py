"""Invites and keys: whom they let in, for how long, and what survives a restart."""

import asyncio
from pathlib import Path

import pytest

from tests.access.tokens import Clock
from tests.admin.office import Office, open_office, scenario
from tornchat.access import secrets
from tornchat.chat.keyring import Keyring
from tornchat.chat.tokens import TokenSpec, prefix
from tornchat.errors import NotFound, Overloaded, Unauthorized
from tornchat.store import TokenRecord

HOME = "192.0.2.7"
HOUR_MS = 3_600_000


async def invite(
    keyring: Keyring,
    room: str = "vault",
    *,
    role: str = "write",
    uses: int | None = None,
    expires: int | None = None,
) -> TokenRecord:
    spec = TokenSpec("invite", room, role, expires=expires, uses=uses)
    return (await keyring.create(spec))[1]


async def refused(office: Office, token: TokenRecord, person: str) -> str:
    with pytest.raises(Unauthorized) as caught:
        await office.keyring.use(token, person, HOME)
    return caught.value.message


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


# ── finding ─────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_token_is_found_by_its_text_alone(office: Office) -> None:
    text, token = await office.keyring.create(TokenSpec("invite", "vault", "write", "for Bob"))
    assert office.keyring.find(text) is token
    assert office.keyring.find(text[:-1]) is None
    assert office.keyring.find(secrets.new_token("invite")) is None
    assert office.keyring.find("tc_") is None
    assert office.keyring.get(token.id) is token
    with pytest.raises(NotFound):
        office.keyring.get(token.id + 1)


@scenario()
async def test_text_of_a_token_is_nowhere_on_disk(office: Office) -> None:
    text, token = await office.keyring.create(TokenSpec("key", "*", "admin"))
    await office.keyring.revoke(token.id)
    kept = await asyncio.to_thread(everything_in, office.store._folder.path)
    assert secrets.digest(text) in kept
    assert text.encode() not in kept


@scenario()
async def test_tokens_are_listed_newest_first(office: Office) -> None:
    first = await invite(office.keyring)
    other = await invite(office.keyring, "den")
    last = await invite(office.keyring)
    assert office.keyring.tokens() == [last, other, first]
    assert office.keyring.tokens("vault") == [last, first]


# ── using ───────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_invite_binds_who_joins_with_it(office: Office) -> None:
    token = await invite(office.keyring)
    assert office.keyring.role_for("g_ann", "vault") is None
    await office.keyring.use(token, "g_ann", HOME)
    assert office.keyring.role_for("g_ann", "vault") == "write"
    assert office.keyring.role_for("g_ann", "den") is None
    assert office.keyring.role_for("g_bob", "vault") is None
    assert office.keyring.role_for(None, "vault") is None


@scenario()
async def test_second_person_of_a_one_use_invite_is_refused_the_first_comes_back(
    office: Office,
) -> None:
    token = await invite(office.keyring, uses=1)
    await office.keyring.use(token, "g_ann", HOME)
    assert "used up: it was for one person" in await refused(office, token, "g_bob")
    await office.keyring.use(token, "g_ann", HOME)
    assert token.used == 1


@scenario()
async def test_two_who_come_for_the_last_use_at_one_moment(office: Office) -> None:
    token = await invite(office.keyring, uses=2)
    await office.keyring.use(token, "g_ann", HOME)
    with office.slow_disk():
        coming = [office.keyring.use(token, p, HOME) for p in ("g_bob", "g_cyd", "g_bob")]
        waiting = [asyncio.ensure_future(use) for use in coming]
        await asyncio.sleep(0)
        assert office.keyring.refusal(token, "g_cyd")
        assert office.keyring.refusal(token, "g_bob") is None
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert results[0] is results[2] is None
    assert isinstance(results[1], Unauthorized)
    assert token.used == 2
    assert office.keyring.role_for("g_cyd", "vault") is None


@scenario()
async def test_use_counts_only_once_it_is_on_disk(office: Office) -> None:
    token = await invite(office.keyring, uses=1)
    with office.slow_disk():
        waiting = asyncio.ensure_future(office.keyring.use(token, "g_ann", HOME))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert office.keyring.role_for("g_ann", "vault") is None
    await waiting
    assert [b.person_id for b in office.store.bindings()] == ["g_ann"]


@scenario()
async def test_use_that_cannot_be_written_is_given_back(office: Office) -> None:
    token = await invite(office.keyring, uses=1)
    await asyncio.to_thread(office.store.journal.stop)
    for person in ("g_ann", "g_bob"):
        with pytest.raises(Overloaded):
            await office.keyring.use(token, person, HOME)
    assert office.keyring.role_for("g_ann", "vault") is None
    assert token.used == 0


@scenario()
async def test_use_goes_on_where_nobody_waits_for_it(office: Office) -> None:
    token = await invite(office.keyring, uses=1)
    with office.slow_disk():
        waiting = asyncio.ensure_future(office.keyring.use(token, "g_ann", HOME))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    await office.written()
    assert office.keyring.role_for("g_ann", "vault") == "write"
    assert token.used == 1


@scenario()
async def test_highest_of_several_invites_counts(office: Office) -> None:
    keyring = office.keyring
    low, high = await invite(keyring, role="read"), await invite(keyring, role="moderate")
    await keyring.use(high, "g_ann", HOME)
    await keyring.use(low, "g_ann", HOME)
    assert keyring.role_for("g_ann", "vault") == "moderate"
    await keyring.revoke(high.id)
    assert keyring.role_for("g_ann", "vault") == "read"


@scenario()
async def test_crowd_that_follows_one_invite_shares_commits(office: Office) -> None:
    token = await invite(office.keyring)
    calls = 0
    call = office.store.journal.call

    def counted(work: object) -> object:
        nonlocal calls
        calls += 1
        return call(work)  # type: ignore[arg-type]

    office.store.journal.call = counted  # type: ignore[method-assign,assignment]
    await asyncio.gather(*(office.keyring.use(token, f"g_{n}", HOME) for n in range(100)))
    assert token.used == len(office.store.bindings()) == 100
    assert calls <= 10


# ── last use ────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_last_use_is_kept_with_the_prefix_of_the_address(office: Office) -> None:
    token = await invite(office.keyring)
    await office.keyring.use(token, "g_ann", "2001:db8:1:2::/64")
    stored = office.store.tokens()[0]
    assert (stored.last_used, stored.last_place) == (token.created, "2001:db8:1::/48")
    assert (token.last_used, token.last_place) == (token.created, "2001:db8:1::/48")


@scenario()
async def test_last_use_is_written_at_most_once_a_minute(office: Office) -> None:
    token = await invite(office.keyring)
    for seconds, stored in ((0, 0), (30, 0), (29, 0), (1, 60), (59, 60)):
        office.clock.now += seconds
        office.keyring.touch(token, HOME)
        await office.written()
        assert token.last_used == int(office.clock.now * 1000)
        assert office.store.tokens()[0].last_used == token.created + 1000 * stored


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("", None),
        ("unix", None),
    ],
)
def test_prefix_of_an_address_says_little_of_it(place: str, kept: str | None) -> None:
    assert prefix(place) == kept


# ── ending ──────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_revoking_unbinds_and_says_since_when(office: Office) -> None:
    token = await invite(office.keyring)
    await office.keyring.use(token, "g_ann", HOME)
    await office.keyring.revoke(token.id)
    assert office.keyring.role_for("g_ann", "vault") is None
    assert office.store.bindings() == []
    assert not office.keyring._bindings.holds(token.id, "g_ann")
    assert await refused(office, token, "g_ann") == (
        "this invite was revoked on 2027-01-15 08:00 UTC"
    )
    revoked = token.revoked
    office.clock.now += 60
    await office.keyring.revoke(token.id)
    assert token.revoked == revoked


@scenario()
async def test_use_that_a_revocation_overtakes_is_refused(office: Office) -> None:
    token = await invite(office.keyring)
    with office.slow_disk():
        revoking = asyncio.ensure_future(office.keyring.revoke(token.id))
        await asyncio.sleep(0)
        using = asyncio.ensure_future(office.keyring.use(token, "g_ann", HOME))
        await asyncio.sleep(0)
    await revoking
    with pytest.raises(Unauthorized):
        await using
    assert office.keyring.role_for("g_ann", "vault") is None


@scenario()
async def test_revocation_right_behind_a_use_wins(office: Office) -> None:
    token = await invite(office.keyring)
    with office.slow_disk():
        using = asyncio.ensure_future(office.keyring.use(token, "g_ann", HOME))
        await asyncio.sleep(0)
        revoking = asyncio.ensure_future(office.keyring.revoke(token.id))
        await asyncio.sleep(0)
    await asyncio.wait([using, revoking])
    assert office.keyring.role_for("g_ann", "vault") is None
    await office.written()
    assert office.keyring.role_for("g_ann", "vault") is None


@scenario()
async def test_expiry_takes_the_room_away_and_is_told_once(office: Office) -> None:
    now = int(office.clock.now * 1000)
    late = await invite(office.keyring, expires=now + 2 * HOUR_MS)
    token = await invite(office.keyring, expires=now + HOUR_MS)
    gone = await invite(office.keyring, expires=now + HOUR_MS)
    await office.keyring.use(token, "g_ann", HOME)
    await office.keyring.revoke(gone.id)
    office.clock.now += 3599
    assert office.keyring.lapsed() == []
    assert office.keyring.role_for("g_ann", "vault") == "write"
    office.clock.now += 1
    assert office.keyring.role_for("g_ann", "vault") is None
    assert office.keyring.lapsed() == [token]
    assert office.keyring.lapsed() == []
    assert await refused(office, token, "g_ann") == ("this invite expired on 2027-01-15 09:00 UTC")
    office.clock.now += 3600
    assert office.keyring.lapsed() == [late]


@scenario()
async def test_rotation_leaves_one_invite_and_one_person(office: Office) -> None:
    old, den = await invite(office.keyring), await invite(office.keyring, "den")
    key = (await office.keyring.create(TokenSpec("key", "vault", "admin")))[1]
    for token, person in ((old, "g_ann"), (old, "g_bob"), (den, "g_bob")):
        await office.keyring.use(token, person, HOME)
    spec = TokenSpec("invite", "vault", "write")
    text, new = await office.keyring.rotate(spec, by="g_ann")
    assert office.keyring.find(text) is new
    assert (old.revoked, key.revoked, den.revoked) == (new.created, None, None)
    assert office.keyring.role_for("g_ann", "vault") == "write"
    assert office.keyring.role_for("g_bob", "vault") is None
    assert office.keyring.role_for("g_bob", "den") == "write"
    assert [(b.token_id, b.person_id) for b in office.store.bindings()] == [
        (den.id, "g_bob"),
        (new.id, "g_ann"),
    ]
    assert new == office.keyring.get(new.id) == office.store.tokens()[-1]


@scenario()
async def test_tokens_of_a_room_go_with_it(office: Office) -> None:
    text, token = await office.keyring.create(TokenSpec("invite", "vault", "write"))
    await office.keyring.use(token, "g_ann", HOME)
    office.keyring.forget_room("vault")
    assert office.keyring.find(text) is None
    assert office.keyring.tokens() == []
    assert office.keyring.role_for("g_ann", "vault") is None


@scenario()
async def test_use_on_its_way_binds_nobody_to_a_room_that_is_gone(office: Office) -> None:
    token = await invite(office.keyring)
    with office.slow_disk():
        using = asyncio.ensure_future(office.keyring.use(token, "g_ann", HOME))
        await asyncio.sleep(0)
        office.keyring.forget_room("vault")
    await using
    assert office.keyring.role_for("g_ann", "vault") is None


# ── a restart ───────────────────────────────────────────────────────────────────────────────────


def test_keyring_is_the_same_after_a_restart(tmp_path: Path) -> None:
    async def before() -> tuple[str, list[TokenRecord]]:
        async with open_office(tmp_path / "data") as office:
            text, token = await office.keyring.create(TokenSpec("invite", "vault", "write", uses=1))
            gone = await invite(office.keyring)
            await invite(office.keyring, expires=int(office.clock.now * 1000) + HOUR_MS)
            for used in (token, gone):
                await office.keyring.use(used, "g_ann", HOME)
            await office.keyring.revoke(gone.id)
            return text, office.keyring.tokens()

    async def after(text: str, tokens: list[TokenRecord]) -> None:
        clock = Clock()
        clock.now += 7200
        async with open_office(tmp_path / "data", clock=clock) as office:
            assert office.keyring.tokens() == tokens
            token = office.keyring.find(text)
            assert token
            await office.keyring.use(token, "g_ann", HOME)
            assert "used up" in await refused(office, token, "g_bob")
            assert office.keyring.role_for("g_ann", "vault") == "write"
            assert [lapsed.id for lapsed in office.keyring.lapsed()] == [3]
            await office.keyring.revoke(token.id)
            assert office.keyring.role_for("g_ann", "vault") is None

    asyncio.run(after(*asyncio.run(before())))
