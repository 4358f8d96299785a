"""What the command line can meet at the control socket instead of an answer."""

from tornchat.errors import TornchatError


class NoAnswer(TornchatError):
    """The server was asked and did not answer: whether it has acted is not known."""


class NobodyListens(NoAnswer):
    """Nobody took the question: no server runs, or it is only starting or stopping."""
