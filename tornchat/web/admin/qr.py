"""Text as a QR code that a page can show; it knows nothing of what the text is."""

import segno

_QUIET = 4
"""Modules of white around it, without which a camera finds nothing (ISO/IEC 18004)."""


def qr(text: str) -> str:
    """Return a `data:` URI of an SVG, black on white also in a dark page: cameras want that.

    It has no size of its own: the page gives it one. The text: at most 2,331 bytes.
    """
    code = segno.make(text, error="m", micro=False, boost_error=False)
    uri: str = code.svg_data_uri(
        border=_QUIET, light="#fff", omitsize=True, svgclass=None, lineclass=None, nl=False
    )
    return uri
