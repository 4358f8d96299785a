"""Fixtures of the store's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.kit import Chat


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def open_chat(folder: Path) -> Iterator[Callable[..., Chat]]:
    """Opens stores on the same folder; all are closed at the end."""
    opened: list[Chat] = []

    def open_one(**options: Any) -> Chat:
        opened.append(Chat(folder, **options))
        return opened[-1]

    yield open_one
    for chat in opened:
        chat.close()


@pytest.fixture
def chat(open_chat: Callable[..., Chat]) -> Chat:
    return open_chat()
