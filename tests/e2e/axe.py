"""What axe finds on a page; the context of the page needs `bypass_csp`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")


async def findings(page: Page | Frame) -> list[str]:
    """Return what axe calls serious or critical, each with the first place where it is."""
    await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("() => axe.run({resultTypes: ['violations']})")
    return [
        f"{each['impact']}: {each['id']}: {each['nodes'][0]['html'][:160]} "
        f"({each['nodes'][0]['failureSummary'][:200]})"
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]
