"""Doors to peewee, whose own types are loose: run a text or a query, fetch plain tuples."""

import sqlite3
from collections.abc import Sequence
from typing import Any


def run(database: Any, text: str, values: Sequence[Any] = ()) -> Any:
    """Execute SQL text and return its cursor."""
    return database.execute_sql(text, values)


def fetch(database: Any, query: Any) -> list[Any]:
    """Execute a query of peewee's and return its rows as plain tuples."""
    return list(database.execute(query).fetchall())


def fetch_one(database: Any, query: Any) -> Any:
    """Execute a query of peewee's and return its first row as a plain tuple, or None."""
    return database.execute(query).fetchone()


def compiled(database: Any, query: Any) -> str:
    """Return the SQL text that peewee makes of a query."""
    return str(database.get_sql_context().sql(query).query()[0])


def raw(database: Any) -> sqlite3.Connection:
    """Return this thread's connection as sqlite3 knows it."""
    connection: sqlite3.Connection = database.connection()
    return connection


def pragma(database: Any, name: str) -> Any:
    """Return the (first) answer of a PRAGMA, given with its value or argument if it has one."""
    return run(database, f"PRAGMA {name}").fetchone()[0]
