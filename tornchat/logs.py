"""Logging set up for an operator: tidy lines for people, one object per line for machines.

Whatever stands in a message stays on its line, and a log that cannot be written never stops the
server. It knows nothing of what is logged.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line separators, marks that turn the reading direction, and lone surrogates."""


def configure(level: str, log_format: str, stream: TextIO | None = None) -> None:
    """Send every log line to `stream`, standard error unless given.

    `level` holds for tornchat itself. Libraries are heard from WARNING on: their finer levels
    hold addresses with tokens (tornado) and the texts of messages (peewee).
    """
    target = stream or sys.stderr
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    root.addHandler(_handler(target, log_format) if target else logging.NullHandler())
    root.setLevel(logging.WARNING)
    logging.getLogger("tornchat").setLevel(level.upper())


def _handler(stream: TextIO, log_format: str) -> logging.Handler:
    handler = SafeHandler(stream)
    handler.setFormatter(JsonFormatter() if log_format == "json" else LineFormatter())
    return handler


def escape(text: str) -> str:
    r"""Return the text with everything that could forge or hide a line written as `\xNN`."""
    return _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)


class SafeHandler(logging.StreamHandler[TextIO]):
    """Writes to a stream, and gives a line up when the stream is broken, closed or full."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Do nothing: there is nowhere left to say it."""


class LineFormatter(logging.Formatter):
    """`12:34:56 INFO    web: message`; a traceback follows below, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, and its traceback, if any, as more."""
        time = datetime.fromtimestamp(record.created).isoformat(" ", "seconds")
        name = record.name.removeprefix("tornchat.")
        line = f"{time} {record.levelname:<7} {name}: {escape(record.getMessage())}"
        return "\n    ".join([line, *map(escape, self._traceback(record).splitlines())])

    def _traceback(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time (ISO 8601, UTC), level, logger, message, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of ASCII JSON."""
        found = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            found["exception"] = self.formatException(record.exc_info)
        return json.dumps(found)
