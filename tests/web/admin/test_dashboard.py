"""The dashboard as a browser without scripts has it, and the figures that scripts put into it."""

import logging
import re

from tests.web.admin.desk import Desk, desk_scenario, text_of
from tornchat.admin.figures import COARSE_LOOKS, FINE_LOOKS
from tornchat.web.admin.dashboard import SLOTS, texts, tiles


@desk_scenario()
async def test_dashboard_shows_the_figures(desk: Desk) -> None:
    machine = desk.office.machine
    machine.metrics.connections = lambda: {"websocket": 96, "raw": 2, "xhr": 30, "eventsource": 1}
    machine.look(FINE_LOOKS)
    machine.metrics.delay(0.03)
    machine.look(FINE_LOOKS)
    answer = await desk.ann.get("")
    assert answer.status == 200
    text = text_of(answer)
    assert "Connections 129 98 WebSocket · 1 streaming · 30 polling" in text
    assert re.search(r"Delivery delay \d\d ms p99; half within \d\d ms", text)
    assert "Commit time – nothing written just now" in text
    page = answer.body.decode()
    assert re.search(r'<path class="line s1" d="M[\d. L]+"', page)
    assert 'aria-label="Delivery delay: p50' in page
    assert "style=" not in page and answer.headers["Cache-Control"] == "no-store"


@desk_scenario()
async def test_day_is_another_span(desk: Desk) -> None:
    desk.office.machine.look(COARSE_LOOKS)
    for query, words in (("", "1 h ago"), ("?span=day", "1 day ago"), ("?span=year", "1 h ago")):
        assert words in text_of(await desk.ann.get(query))


@desk_scenario()
async def test_every_figure_that_scripts_change_is_on_the_page(desk: Desk) -> None:
    page = (await desk.ann.get("")).body.decode()
    now = (await desk.office.administration.figures()).now
    assert set(re.findall(r'data-figure="(\w+)"', page)) == set(texts(now))
    for tile in tiles(now, [], SLOTS["hour"]):
        assert f"{tile.key}_detail" in texts(now)


@desk_scenario()
async def test_errors_and_latest_changes_are_there_as_text(desk: Desk) -> None:
    desk.office.machine.errors.start()
    try:
        logging.getLogger("tornchat.store").error("<b>disk</b> is full")
    finally:
        desk.office.machine.errors.stop()
    await desk.office.administration.set_room("den", topic="x")
    answer = await desk.ann.get("")
    assert "error <b>disk</b> is full" in text_of(answer)
    assert "<b>disk" not in answer.body.decode()
    assert "set room command line in den" in text_of(answer)


@desk_scenario()
async def test_moderator_begins_with_their_rooms(desk: Desk) -> None:
    answer = await desk.mo.get("")
    assert (answer.status, answer.headers["Location"]) == (302, "../admin/rooms")
    assert (await desk.nobody.get("")).headers["Location"].startswith("../admin/login")
