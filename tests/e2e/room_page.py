"""What the page of a room shows; it knows the class names of `static/chat/view`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from tests.kit.waiting import until_true

if TYPE_CHECKING:
    from playwright.async_api import FrameLocator, Locator, Page

PATIENCE = 15.0
COMPOSER = "#composer"
NAME = "#name"
_LINES = """() => [...document.querySelectorAll('.message:not(.pending)')].map((row) => [
    Number(row.dataset.seq), row.querySelector('.text').textContent])"""
_PENDING = "() => [...document.querySelectorAll('.pending .text')].map((text) => text.textContent)"


class Line(NamedTuple):
    """A message that the server has confirmed."""

    seq: int
    text: str


async def lines(page: Page) -> list[Line]:
    """Return the confirmed messages, top to bottom."""
    return [Line(seq, text) for seq, text in await page.evaluate(_LINES)]


async def texts(page: Page, prefix: str = "") -> list[str]:
    """Return what the confirmed messages say that begin so, top to bottom."""
    return [line.text for line in await lines(page) if line.text.startswith(prefix)]


async def shows(page: Page, wanted: list[str], prefix: str = "", *, patience: float = 0) -> float:
    """Wait until these are the confirmed messages that begin so; returns how long it took."""
    return await _until_equal(lambda: texts(page, prefix), wanted, patience or PATIENCE)


async def pends(page: Page, wanted: list[str]) -> None:
    """Wait until this is what was written here and is not confirmed yet."""

    async def unconfirmed() -> list[str]:
        found: list[str] = await page.evaluate(_PENDING)
        return found

    await _until_equal(unconfirmed, wanted, PATIENCE)


async def _until_equal(
    look: Callable[[], Awaitable[list[str]]], wanted: list[str], patience: float
) -> float:
    """Wait, and raise AssertionError that says what is there instead."""
    found: list[str] = []

    async def there() -> bool:
        found[:] = await look()
        return found == wanted

    try:
        return await until_true(there, patience=patience)
    except TimeoutError:
        raise AssertionError(f"shown: {found}, wanted: {wanted}") from None


def message(page: Page | FrameLocator, text: str) -> Locator:
    """Return the row of a confirmed message of plain text."""
    exact = page.locator(f".text:text-is({json.dumps(text, ensure_ascii=False)})")
    return page.locator(".message:not(.pending)").filter(has=exact)


async def visible(locator: Locator, *, patience: float = PATIENCE) -> None:
    """Wait until exactly one such thing can be seen."""
    await locator.wait_for(state="visible", timeout=1000 * patience)


async def gone(locator: Locator, *, patience: float = PATIENCE) -> None:
    """Wait until no such thing can be seen."""
    await locator.wait_for(state="hidden", timeout=1000 * patience)


async def try_now(*pages: Page) -> None:
    """Skip what is left of the wait, as people do who read the banner; it may be over by now."""
    for page in pages:
        await page.evaluate("() => document.querySelector('.banner button').click()")
