"""Slash commands: what is typed behind a "/", answered to whoever typed it and to nobody else.

`parsing` reads what was typed, `talking` and `moderating` carry it out, `table` lists it all.
"""

from tornchat.chat.slash.table import slash

__all__ = ["slash"]
