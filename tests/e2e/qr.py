"""What a phone reads that is held before a QR code on a page."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Locator

JSQR = Path(__file__).parent.parent / "node_modules" / "jsqr" / "dist" / "jsQR.js"
_DECODE = """async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return jsQR(data, width, height)?.data ?? "";
}"""


async def read(code: Locator) -> str:
    """Photograph a QR code as it stands on the page; return what it holds, "" if nothing."""
    shot = b64encode(await code.screenshot()).decode()
    page = await code.page.context.new_page()
    try:
        await page.evaluate(JSQR.read_text())
        found: str = await page.evaluate(_DECODE, shot)
    finally:
        await page.close()
    return found
