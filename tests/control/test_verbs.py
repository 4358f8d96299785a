"""What can be asked for by name, and how arguments that do not fit are refused."""

import asyncio
import inspect

import pytest

from tests.control.place import FakeAdministration
from tornchat.admin.administration import Administration
from tornchat.control.verbs import VERBS, perform
from tornchat.errors import BadRequest, UnknownType


def performed(verb, **args):
    return asyncio.run(perform(FakeAdministration(), verb, args))


def test_verb_is_called_with_its_arguments():
    assert performed("create_room", name="den", guests=False) == {"name": "den", "guests": False}


@pytest.mark.parametrize("verb", ["secret", "__init__", "gate", "no such", ""])
def test_only_the_listed_verbs_are_called(verb):
    with pytest.raises(UnknownType):
        performed(verb)


@pytest.mark.parametrize("args", [{}, {"name": "den", "more": 1}, {"self": 1, "name": "x"}])
def test_arguments_that_do_not_fit_are_told(args):
    with pytest.raises(BadRequest, match=r"^room: .*argument"):
        performed("room", **args)


def test_every_listed_verb_is_a_method_of_administration_and_the_other_way_round():
    methods = {
        name
        for name, member in inspect.getmembers(Administration, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert methods == VERBS
