"""The newest warnings and errors of the log, for those who look at the dashboard.

It knows nothing of who logs what; lines of the log hold neither messages nor tokens anyway.
"""

import logging
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from tornchat.logs import escape

KEPT: Final = 50
LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log, `count` times in a row; `time` (UTC ms) is that of the newest."""

    time: int
    level: str
    source: str
    text: str
    count: int = 1


class ErrorLog(logging.Handler):
    """Keeps the newest lines from WARNING on, in memory, at most 50.

    Life: `start` as often as something has taken the handlers off the root logger, `stop`.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: deque[Line] = deque(maxlen=KEPT)

    def start(self) -> None:
        """Listen to the log, once."""
        logging.getLogger().addHandler(self)

    def stop(self) -> None:
        """Listen no more."""
        logging.getLogger().removeHandler(self)

    def lines(self) -> list[Line]:
        """Return what is kept, newest first."""
        self.acquire()
        try:
            return list(self._lines)[::-1]
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line (called by logging, in any thread, one at a time)."""
        try:
            line = _line(record)
        except Exception:
            # Whoever logged it must not fail by it; the log proper says what is wrong with it.
            return
        last = self._lines[-1] if self._lines else None
        if last and (last.text, last.source) == (line.text, line.source):
            self._lines[-1] = replace(line, count=last.count + 1)
        else:
            self._lines.append(line)


def _line(record: logging.LogRecord) -> Line:
    text = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        text = f"{text} ({type(record.exc_info[1]).__name__})"
    return Line(
        time=int(record.created * 1000),
        level=record.levelname.lower(),
        source=record.name.removeprefix("tornchat."),
        text=escape(text[:LONGEST])[:LONGEST],
    )
