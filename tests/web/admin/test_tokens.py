"""Invites and keys on pages: shown once, listed, revoked, rotated."""

import html
import re

from tests.web.admin.desk import Desk, desk_scenario, text_of
from tests.web.serving import Answer


def listed(answer: Answer) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="token-(\d+)"', answer.body.decode())]


@desk_scenario(base_url="https://site.example/chat")
async def test_invite_is_shown_once_with_its_link_and_code(desk: Desk) -> None:
    made = await desk.ann.post(
        "rooms/vault/tokens", role="read", label="For <Bob>", expires="2d", uses="1"
    )
    assert made.status == 201
    assert made.headers["Cache-Control"] == "no-store"
    link = re.search(r"https://site\.example/chat/r/vault#invite=(tc_[\w-]{43})", text_of(made))
    assert link
    assert b'src="data:image/svg+xml' in made.body
    assert "For &lt;Bob&gt;" in made.body.decode()
    token = desk.office.keyring.find(link[1])
    assert token
    assert (token.role, token.uses, token.expires) == ("read", 1, token.created + 2 * 86_400_000)
    for path in ("rooms/vault/tokens", "tokens", "rooms/vault"):
        assert link[1] not in (await desk.ann.get(path)).body.decode()
    assert (
        listed(await desk.ann.get("rooms/vault/tokens"))
        == listed(await desk.ann.get("tokens"))
        == [1]
    )


@desk_scenario()
async def test_link_without_a_configured_address_leads_to_where_it_was_made(desk: Desk) -> None:
    made = await desk.ann.post("rooms/lobby/tokens", expires="7d", uses="")
    assert re.search(r"http://chat\.example/r/lobby#invite=tc_", text_of(made))


@desk_scenario()
async def test_key_for_a_pattern_is_made_on_the_page_of_all(desk: Desk) -> None:
    made = await desk.ann.post("tokens", kind="key", room="support-*", role="moderate")
    assert made.status == 201
    assert re.search(r"tk_[\w-]{43}", text_of(made))
    assert "#invite" not in made.body.decode()
    assert listed(await desk.ann.get("tokens?kind=key")) == [1]
    assert listed(await desk.ann.get("tokens?kind=invite")) == []


@desk_scenario()
async def test_what_is_wrong_with_a_token_is_said_above_what_was_typed(desk: Desk) -> None:
    wrong = [
        ("tokens", {"room": "attic", "role": "write"}, 404),
        ("tokens", {"room": "", "role": "write"}, 400),
        ("tokens", {"room": "support-*", "role": "write", "kind": "key", "uses": "3"}, 400),
        ("rooms/vault/tokens", {"expires": "soon"}, 400),
        ("rooms/vault/tokens", {"uses": "0"}, 400),
        ("rooms/vault/tokens", {"role": "king"}, 400),
    ]
    for path, fields, status in wrong:
        answer = await desk.ann.post(path, **fields, label="Kept")
        assert (answer.status, b'value="Kept"' in answer.body) == (status, True), fields
        assert b'role="alert"' in answer.body
    assert desk.office.keyring.tokens() == []


@desk_scenario()
async def test_token_is_revoked_from_either_list(desk: Desk) -> None:
    for _ in range(2):
        await desk.ann.post("rooms/vault/tokens")
    one = await desk.ann.post("rooms/vault/tokens/1/revoke")
    assert (one.status, one.headers["Location"]) == (303, "../../../../../admin/rooms/vault/tokens")
    two = await desk.ann.post("tokens/2/revoke")
    assert (two.status, two.headers["Location"]) == (303, "../../../admin/tokens")
    assert listed(await desk.ann.get("tokens")) == []
    assert listed(await desk.ann.get("tokens?state=all")) == [2, 1]
    assert (await desk.ann.post("tokens/9/revoke")).status == 404


@desk_scenario()
async def test_rotation_voids_all_and_shows_a_new_invite(desk: Desk) -> None:
    for _ in range(3):
        await desk.ann.post("rooms/vault/tokens")
    made = await desk.ann.post("rooms/vault/rotate")
    assert made.status == 200
    assert re.search(r"#invite=tc_[\w-]{43}", html.unescape(made.body.decode()))
    assert "is void" in text_of(made)
    assert listed(await desk.ann.get("rooms/vault/tokens")) == [4]


@desk_scenario()
async def test_moderator_gives_and_takes_back_invites_to_read_and_write(desk: Desk) -> None:
    await desk.ann.post("rooms/vault/tokens", role="moderate")
    await desk.ann.post("tokens", kind="key", room="vault", role="write")
    page = await desk.mo.get("rooms/vault/tokens")
    assert listed(page) == []
    assert re.findall(r"<option[^>]*>(read|write|moderate|admin)<", page.body.decode()) == [
        "read",
        "write",
    ]
    assert (await desk.mo.post("rooms/vault/tokens", role="write")).status == 201
    assert listed(await desk.mo.get("rooms/vault/tokens")) == [3]
    for wrong in ({"role": "moderate"}, {"kind": "key"}):
        assert (await desk.mo.post("rooms/vault/tokens", **wrong)).status == 403
    assert (await desk.mo.post("rooms/vault/tokens/1/revoke")).status == 404
    assert (await desk.mo.post("tokens/3/revoke")).status == 404
    assert (await desk.mo.post("rooms/vault/tokens/3/revoke")).status == 303
    assert [token.id for token in desk.office.keyring.tokens() if token.revoked] == [3]


@desk_scenario()
async def test_hundreds_of_tokens_come_fifty_at_a_time(desk: Desk) -> None:
    for number in range(120):
        await desk.office.administration.create_token(
            kind="invite", room="vault", role="read", label=f"n{number}"
        )
    first = await desk.ann.get("rooms/vault/tokens")
    assert listed(first) == list(range(120, 70, -1))
    assert "1–50 of 120" in text_of(first)
    assert listed(await desk.ann.get("rooms/vault/tokens?page=3")) == list(range(20, 0, -1))
    assert listed(await desk.ann.get("tokens?search=N77")) == [78]
