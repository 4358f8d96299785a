"""Times as a page shows them before scripts run; it knows nothing of what happened then."""

from datetime import UTC, datetime


def time_tag(time: int | None, style: str = "ago") -> str:
    """Return a `<time>` (UTC ms), which scripts show in the reader's own way; "" for none.

    `style`: ago, moment, time or until (templates write it by `{% raw … %}`).
    """
    if not time:
        return ""
    moment = datetime.fromtimestamp(time / 1000, UTC)
    return (
        f'<time data-time="{time}" data-style="{style}" datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">'
        f"{moment:%Y-%m-%d %H:%M} UTC</time>"
    )
