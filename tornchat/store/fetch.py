"""Reads rows of the log as they are, even those that damage has made unreadable to sqlite3."""

import sqlite3
from typing import Any

from peewee import Database

from tornchat.store.rows import Row
from tornchat.store.sql import fetch, raw


def fetch_rows(database: Database, query: Any) -> list[Row]:
    """Run a query over all columns of the log. Whether the rows are sound is not looked at."""
    try:
        found = fetch(database, query)
    except sqlite3.OperationalError as error:
        if "UTF-8" not in str(error):
            raise
        # A text that is no UTF-8 any more: read it as it is, the checksum tells which row it is.
        connection = raw(database)
        connection.text_factory = _lenient
        try:
            found = fetch(database, query)
        finally:
            connection.text_factory = str
    return [Row._make(row) for row in found]


def _lenient(text: bytes) -> str:
    return text.decode(errors="surrogateescape")
