"""The operator, as the command line speaks for one: every verb of an Office as a method."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from tornchat.admin.actor import OPERATOR, Actor
from tornchat.admin.office import Office


class Operator:
    """Asks an office: `await operator.create_room("tea", title="Tea")`."""

    def __init__(self, office: Office, actor: Actor = OPERATOR) -> None:
        self._office = office
        self._actor = actor

    def __getattr__(self, verb: str) -> Callable[..., Awaitable[Any]]:
        def ask(*values: Any, **args: Any) -> Awaitable[Any]:
            names = list(inspect.signature(self._office.verbs[verb].method).parameters)
            positional = dict(zip(names, values, strict=False))
            return self._office.perform(self._actor, verb, positional | args)

        return ask
