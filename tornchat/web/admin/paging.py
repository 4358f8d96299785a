"""Long lists a page at a time: the addresses that lead on and back.

It knows nothing of what is listed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tornchat.errors import BadRequest

MOST_PAGES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Pager:
    """Where in a list one is. `page` counts from 1; `query`: the filters that stay.

    `previous`, `next`: relative addresses, "" at the ends. `first` to `last` of `total` are shown.
    """

    page: int
    size: int
    total: int
    query: Mapping[str, str]

    @property
    def first(self) -> int:
        return min(self.total, (self.page - 1) * self.size + 1)

    @property
    def last(self) -> int:
        return min(self.total, self.page * self.size)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def previous(self) -> str:
        return self._address(min(self.page - 1, self.pages)) if self.page > 1 else ""

    @property
    def next(self) -> str:
        return self._address(self.page + 1) if self.page < self.pages else ""

    def _address(self, page: int) -> str:
        return address(self.query, page=str(page) if page > 1 else "")


def address(query: Mapping[str, str], **changes: str) -> str:
    """Return a query with some values changed; empty ones stay away."""
    found = {name: value for name, value in {**query, **changes}.items() if value}
    return "?" + urlencode(found)


def page_number(text: str) -> int:
    """Return the number of a page; 1 where none is said. Raises BadRequest."""
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= MOST_PAGES):
        raise BadRequest(f"page: expected a number from 1 to {MOST_PAGES}")
    return int(text[:9])
