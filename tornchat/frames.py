"""A frame: texts that leave together, wrapped once for each transport however many receive it.

It knows nothing of rooms or sockets; a transport brings the function that wraps.
"""

from collections.abc import Callable, Sequence

Wrapper = Callable[[Sequence[str]], bytes]
"""Turns the texts of a frame into the bytes of one transport. A module-level function: its
identity is the key under which the result is kept."""


class Frame(dict[Wrapper, bytes]):
    """One or more JSON texts on their way to many receivers.

    The same instance is handed to every receiver. `frame[wrap]` is what `wrap` makes of the texts:
    made at the first receiver of each transport, the same bytes object for all others. (A look-up
    instead of a call, because it happens for each message and receiver.)
    """

    __slots__ = ("texts",)

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__()
        self.texts = texts

    def __missing__(self, wrap: Wrapper) -> bytes:
        data = self[wrap] = wrap(self.texts)
        return data
