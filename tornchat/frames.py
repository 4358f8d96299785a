"""A frame: texts that leave together, wrapped once for each transport however many receive it.

It knows nothing of rooms or sockets; a transport brings the function that wraps.
"""

from collections.abc import Callable, Sequence

Wrapper = Callable[[Sequence[str]], bytes]
"""Turns the texts of a frame into the bytes of one transport. A module-level function: its
identity is the key under which the result is kept."""


class Frame:
    """One or more JSON texts on their way to many receivers.

    The same instance is handed to every receiver; `wrapped` does its work at the first receiver
    of each transport and gives the same bytes object to all others.
    """

    __slots__ = ("_wrapped", "texts")

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._wrapped: dict[Wrapper, bytes] = {}

    def wrapped(self, wrap: Wrapper) -> bytes:
        """Return the frame as the bytes that `wrap` makes of it."""
        try:
            return self._wrapped[wrap]
        except KeyError:
            data = self._wrapped[wrap] = wrap(self.texts)
            return data
