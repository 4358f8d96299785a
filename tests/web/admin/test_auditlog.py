"""The audit log as a page and as a file, as a browser without scripts has them."""

import csv
import io
import json
import re
from typing import Any

import pytest

from tests.web.admin.desk import Desk, desk_scenario, text_of
from tests.web.serving import Answer
from tornchat.admin.actor import OPERATOR, Actor
from tornchat.web.admin.auditlog import PAGE, STEP, deed, details

DAY = 86400


async def fill(desk: Desk, count: int, actor: Actor = OPERATOR, **more: Any) -> None:
    for number in range(count):
        args = {"person": f"g_{number}", "seconds": 60, **more}
        await desk.office.verbs.perform(actor, "add_ban", args)


def ids(answer: Answer) -> list[int]:
    assert answer.status == 200, answer.body[-1500:]
    return [int(number) for number in re.findall(r'<tr id="row-(\d+)"', answer.body.decode())]


def link(answer: Answer, rel: str) -> str:
    found = re.search(rf'href="([^"]*)" rel="{rel}"', answer.body.decode())
    return found[1].replace("&amp;", "&") if found else ""


def body(answer: Answer) -> str:
    """Return a body, also one that came in chunks."""
    if "Transfer-Encoding" not in answer.headers:
        return answer.body.decode()
    raw, text = answer.body, b""
    while raw:
        size, _, rest = raw.partition(b"\r\n")
        text, raw = text + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return text.decode()


@desk_scenario()
async def test_page_shows_who_did_what(desk: Desk) -> None:
    await desk.ann.fill("rooms/den/settings", topic="Now")
    await fill(desk, 1, reason="<i>spam</i>")
    answer = await desk.ann.get("audit")
    text = text_of(answer)
    assert re.search(r"UTC ann admin · 127.0.0.1 set room den", text)
    assert "command line operator add ban" in text and "reason <i>spam</i>" in text
    assert "<i>spam" not in answer.body.decode()


@desk_scenario()
async def test_log_is_turned_page_by_page_both_ways(desk: Desk) -> None:
    await fill(desk, 2 * PAGE + 5)
    first = await desk.ann.get("audit")
    assert ids(first) == list(range(105, 55, -1))
    assert not link(first, "prev")
    second = await desk.ann.get(f"audit{link(first, 'next')}")
    assert ids(second) == list(range(55, 5, -1))
    third = await desk.ann.get(f"audit{link(second, 'next')}")
    assert ids(third) == [5, 4, 3, 2, 1]
    assert not link(third, "next")
    back = await desk.ann.get(f"audit{link(third, 'prev')}")
    assert ids(back) == ids(second)
    newest = await desk.ann.get(f"audit{link(back, 'prev')}")
    assert ids(newest) == ids(first)
    assert not link(newest, "prev")


@desk_scenario()
async def test_filters_stay_while_one_turns_pages(desk: Desk) -> None:
    await fill(desk, PAGE + 1)
    await desk.office.administration.set_room("den", topic="x")
    desk.office.clock.now += DAY
    await fill(desk, 1, Actor("=ann", "admin", "192.0.2.7"))
    found = await desk.ann.get("audit?verb=add_ban&search=COMMAND")
    assert ids(found)[0] == PAGE + 1
    assert link(found, "next") == f"?search=COMMAND&verb=add_ban&before={ids(found)[-1]}"
    assert '<option value="add_ban" selected>' in found.body.decode()
    assert ids(await desk.ann.get("audit?room=den")) == [PAGE + 2]
    day = "2027-01-15"  # of tests.access.tokens.NOW
    assert ids(await desk.ann.get(f"audit?until={day}"))[0] == PAGE + 2
    assert ids(await desk.ann.get("audit?since=2027-01-16")) == [PAGE + 3]
    assert "No row of the log fits" in text_of(await desk.ann.get("audit?search=nobody"))


@desk_scenario()
async def test_every_change_can_be_filtered_for_and_no_reading(desk: Desk) -> None:
    page = (await desk.ann.get("audit")).body.decode()
    offered = set(re.findall(r'<option value="(\w+)"', page))
    assert {"set_room", "create_token", "remove_ban"} <= offered
    assert not offered & {"rooms", "audit", "figures", "settings"}
    assert "Nothing yet" in page


@pytest.mark.parametrize(
    "query",
    ["before=x", "after=-1", "before=9999999999999999", "since=today", "until=2026-02-30",
     "room=../x", "search=a%e2%80%a8b", "verb=%ff", "since=0000-01-01", "until=10000-01-01"],
)  # fmt: skip
def test_wrong_filter_is_refused(tmp_path: Any, query: str) -> None:
    @desk_scenario()
    async def refused(desk: Desk) -> None:
        for path in ("audit?", "audit/export?format=csv&"):
            answer = await desk.ann.get(path + query)
            if "export" not in path or query.partition("=")[0] not in ("before", "after"):
                assert answer.status == 400, path
                assert "Content-Disposition" not in answer.headers

    refused(tmp_path)


@desk_scenario()
async def test_export_holds_every_row_in_either_format(desk: Desk) -> None:
    await fill(desk, 2 * STEP + 1)
    await fill(desk, 1, reason='a "quoted", ö')
    answer = await desk.ann.get("audit/export?format=csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    head, *rows = csv.reader(io.StringIO(body(answer)))
    assert head[:3] == ["id", "time", "actor"]
    assert [int(row[0]) for row in rows] == list(range(2 * STEP + 2, 0, -1))
    assert rows[0][1].endswith("+00:00") and "ö" in rows[0][-1]
    lines = body(await desk.ann.get("audit/export?format=ndjson")).splitlines()
    found = [json.loads(line) for line in lines]
    assert [row["id"] for row in found] == list(range(2 * STEP + 2, 0, -1))
    assert '\\"quoted\\"' in found[0]["detail"]
    some = body(await desk.ann.get("audit/export?format=ndjson&search=g_7"))
    assert {json.loads(line)["subject"][:3] for line in some.splitlines()} == {"g_7"}
    assert (await desk.ann.get("audit/export?format=xls")).status == 400


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_cell_is_never_a_formula(tmp_path: Any, name: str) -> None:
    """THREATS 72."""

    @desk_scenario()
    async def body_of(desk: Desk) -> None:
        await fill(desk, 1, Actor(name, "person"))
        _, row = csv.reader(io.StringIO(body(await desk.ann.get("audit/export?format=csv")), ""))
        assert row[2] == f"'{name}"

    body_of(tmp_path)


@desk_scenario()
async def test_log_is_for_admins(desk: Desk) -> None:
    for path in ("audit", "audit/export?format=csv"):
        assert (await desk.mo.get(path)).status == 404
        assert (await desk.nobody.get(path)).status == 302


def test_details_are_said_in_words() -> None:
    said = details('{"guests":true,"sites":[],"slow_mode":5,"words":"…","expires":null}')
    assert said == [
        ("guests", "yes"),
        ("sites", "none"),
        ("slow mode", "5"),
        ("words", "…"),
        ("expires", "None"),
    ]
    assert details("") == []
    assert details("what?") == [("", "what?")]
    assert deed("set_room") == "set room"
