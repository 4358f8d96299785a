"""The control socket: how the command line speaks with the server that holds the data folder.

One connection carries one question and one answer, a line of JSON each:

    {"verb": "create_room", "args": {"name": "den"}}
    {"result": …}    or    {"error": {"code": "conflict", "message": "…"}}

Whoever may open the socket (the owner of the data folder, and root) may do everything.
"""

from tornchat.control.client import ask
from tornchat.control.errors import NoAnswer, NobodyListens
from tornchat.control.server import ControlServer
from tornchat.control.unixsocket import NAME

__all__ = ["NAME", "ControlServer", "NoAnswer", "NobodyListens", "ask"]
