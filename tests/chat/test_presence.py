"""Presence: people rather than tabs, the grace on leaving, differences, counts above the limit."""

from tornchat.chat.presence import Presence
from tornchat.protocol import Person

ANN = Person("a", "Ann")
BEN = Person("b", "Ben")
CLEO = Person("c", "Cleo")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def make(limit: int = 10) -> tuple[Presence, Clock]:
    clock = Clock()
    return Presence("lobby", grace=10.0, limit=limit, clock=clock), clock


def test_presence_tells_who_came_once() -> None:
    presence, _ = make()
    presence.enter(ANN, "ann")
    presence.enter(BEN, "ben")
    change = presence.change()
    assert change is not None
    assert (change.joins, change.leaves, change.count) == ([ANN, BEN], [], 2)
    assert presence.change() is None


def test_second_tab_is_no_second_person() -> None:
    presence, clock = make()
    presence.enter(ANN, "ann")
    presence.change()
    presence.enter(ANN, "ann")
    presence.exit(ANN.id, at_once=False)
    clock.now += 60
    assert presence.change() is None
    assert presence.members == [ANN]


def test_reload_within_the_grace_draws_no_line() -> None:
    presence, clock = make()
    presence.enter(ANN, "ann")
    presence.change()
    presence.exit(ANN.id, at_once=False)
    clock.now += 9.9
    assert presence.change() is None
    presence.enter(ANN, "ann")
    clock.now += 60
    assert presence.change() is None
    assert len(presence) == 1


def test_vanished_person_leaves_when_the_grace_is_over() -> None:
    presence, clock = make()
    presence.enter(ANN, "ann")
    presence.change()
    presence.exit(ANN.id, at_once=False)
    clock.now += 10.0
    change = presence.change()
    assert change is not None
    assert (change.leaves, change.count) == ([ANN], 0)
    assert not presence.pending


def test_leaving_on_purpose_shows_at_once() -> None:
    presence, _ = make()
    presence.enter(ANN, "ann")
    presence.change()
    presence.exit(ANN.id, at_once=True)
    change = presence.change()
    assert change is not None and change.leaves == [ANN]


def test_coming_and_going_between_two_ticks_is_not_told() -> None:
    presence, _ = make()
    presence.enter(ANN, "ann")
    presence.exit(ANN.id, at_once=True)
    assert presence.change() is None
    presence.enter(BEN, "ben")
    presence.change()
    presence.exit(BEN.id, at_once=True)
    presence.enter(BEN, "ben")
    assert presence.change() is None


def test_crowd_is_only_counted_and_listed_again_when_it_shrinks() -> None:
    presence, _ = make(limit=2)
    for person in (ANN, BEN, CLEO):
        presence.enter(person, person.name.casefold())
    change = presence.change()
    assert change is not None
    assert (change.joins, change.members, change.count) == ([], None, 3)
    assert presence.members is None
    presence.exit(CLEO.id, at_once=True)
    change = presence.change()
    assert change is not None
    assert (change.members, change.count) == ([ANN, BEN], 2)


def test_silent_entry_gives_the_list_but_no_line() -> None:
    presence, _ = make()
    presence.enter(ANN, "ann", silent=True)
    presence.enter(BEN, "ben")
    change = presence.change()
    assert change is not None
    assert (change.joins, change.members) == ([BEN], [ANN, BEN])


def test_name_is_held_while_its_person_is_here() -> None:
    presence, clock = make()
    presence.enter(ANN, "ann")
    assert presence.holder("ann") == ANN.id
    assert presence.rename(Person("a", "Anna"), "anna")
    assert presence.holder("ann") is None
    assert presence.holder("anna") == ANN.id
    presence.exit(ANN.id, at_once=False)
    assert presence.holder("anna") == ANN.id
    clock.now += 10
    presence.change()
    assert presence.holder("anna") is None


def test_rename_of_somebody_who_is_not_here_changes_nothing() -> None:
    presence, _ = make()
    assert not presence.rename(ANN, "ann")
    assert presence.holder("ann") is None


def test_stray_exit_is_ignored() -> None:
    presence, _ = make()
    presence.exit("nobody", at_once=True)
    assert presence.change() is None
