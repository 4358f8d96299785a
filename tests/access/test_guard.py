"""The guess guard, on a clock that stands still until it is moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import thorough
from tornchat.access import guard as rules
from tornchat.access.guard import Guard
from tornchat.errors import RateLimited


class Scene:
    """A guard, its clock, and the bans it has spoken."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.bans: list[tuple[str, float]] = []
        self.guard = Guard(lambda: self.now, bans=lambda *ban: self.bans.append(ban))

    def wait(self, place: str = "1.2.3.4") -> float:
        """Return how long the place has to wait; 0.0: not at all, -1.0: it is not told."""
        try:
            self.guard.check(place)
        except RateLimited as error:
            return error.retry_after or -1.0
        return 0.0

    def guess(self, what: str, place: str = "1.2.3.4") -> bool:
        """Try something wrong; False where it was not even looked at."""
        try:
            self.guard.check(place, what)
        except RateLimited:
            return False
        self.guard.wrong(place, what)
        return True

    def get_banned(self, place: str = "1.2.3.4") -> None:
        """Guess patiently until there is a ban."""
        before = len(self.bans)
        for number in range(1000):
            self.now += self.wait(place)
            self.guess(f"{self.now}/{number}", place)
            if len(self.bans) > before:
                return
        raise AssertionError("no ban")


def test_first_wrong_ones_cost_nothing() -> None:
    scene = Scene()
    assert all(scene.guess(str(n)) for n in range(5))
    assert scene.wait() == 0.0


def test_delay_doubles_up_to_a_minute() -> None:
    scene = Scene()
    waits = []
    for number in range(15):
        scene.now += scene.wait()
        scene.guess(str(number))
        waits.append(scene.wait())
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_refusal_says_when_to_come_back() -> None:
    scene = Scene()
    for number in range(6):
        scene.guess(str(number))
    scene.now += 0.6
    with pytest.raises(RateLimited, match="wait 1 s") as caught:
        scene.guard.check("1.2.3.4")
    assert caught.value.retry_after == pytest.approx(0.4)


def test_same_one_again_counts_once() -> None:
    """A browser that comes back for ever to a room that is gone is no attacker."""
    scene = Scene()
    assert all(scene.guess(f"room {n % 5}") for n in range(1000))
    assert scene.bans == []


def test_same_one_again_is_not_delayed_anew() -> None:
    scene = Scene()
    for number in range(6):
        scene.guess(str(number))
    scene.now += scene.wait()
    assert all(scene.guess("5") for _ in range(100))
    assert scene.wait() == 0.0


def test_places_do_not_pay_for_each_other() -> None:
    scene = Scene()
    scene.get_banned("1.2.3.4")
    assert scene.wait("1.2.3.5") == 0.0
    assert [place for place, _ in scene.bans] == ["1.2.3.4"]


def test_thirty_distinct_ones_within_an_hour_are_a_ban() -> None:
    scene = Scene()
    looked_at = 0
    while not scene.bans:
        scene.now += scene.wait()
        looked_at += scene.guess(str(looked_at))
    assert looked_at == 30
    assert scene.bans == [("1.2.3.4", 900.0)]
    assert scene.now - 1000 < 3600


def test_guesses_in_a_hurry_are_hardly_looked_at_and_end_soon() -> None:
    """What comes while the place has to wait counts too, though less."""
    scene = Scene()
    tried = looked_at = 0
    while not scene.bans:
        scene.now += 0.001
        looked_at += scene.guess(str(tried))
        tried += 1
    assert (tried, looked_at) == (306, 6)


def test_right_ones_of_a_neighbour_ban_nobody() -> None:
    """Behind the same address as somebody who guesses: told to wait, and no more than that."""
    scene = Scene()
    for number in range(6):
        scene.guess(str(number))
    assert not any(scene.guess(f"a member's own {n % 200}") for n in range(1000))
    assert scene.bans == []


def test_guesses_are_forgotten_after_an_hour() -> None:
    scene = Scene()
    for number in range(200):
        scene.now += 3600 / 5 + 1
        assert scene.guess(str(number))
        assert scene.wait() == 0.0


def test_bans_double_within_a_day_and_end_at_a_day() -> None:
    scene = Scene()
    for _ in range(9):
        scene.get_banned()
        scene.now += scene.bans[-1][1]
    minutes = [seconds / 60 for _, seconds in scene.bans]
    assert minutes == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    scene.now += 86400 + 1
    scene.get_banned()
    assert scene.bans[-1][1] == 900


def test_after_a_ban_counting_begins_anew() -> None:
    scene = Scene()
    scene.get_banned()
    scene.now += 900
    assert all(scene.guess(str(n)) for n in range(5))
    assert len(scene.bans) == 1


def test_nobody_in_particular_is_not_counted() -> None:
    scene = Scene()
    assert all(scene.guess(str(n), "") for n in range(100))


def test_guard_remembers_a_bounded_number_of_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_PLACES", 10)
    scene = Scene()
    for place in "ab":
        for number in range(6):
            scene.guess(str(number), place)
    for number in range(9):
        scene.guess("x", str(number))
    assert scene.wait("a") == 0.0  # forgotten, the oldest
    assert scene.wait("b") == 1.0


@thorough
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["1.2.3.4", "2001:db8::/64", ""]),
            st.text(st.characters(), max_size=2),
            st.sampled_from([0.0, 0.5, 1, 60, 3600, 90000]),
            st.booleans(),
        ),
        max_size=80,
    )
)
def test_guard_delays_only_who_guesses_and_never_for_long(
    steps: list[tuple[str, str, float, bool]],
) -> None:
    """`patient` guessers ask first; others push on regardless, as pipelined commands do."""
    scene = Scene()
    tried: dict[str, set[str]] = {}
    for place, what, passed, patient in steps:
        scene.now += passed
        wait = scene.wait(place)
        assert 0 <= wait <= 60
        if not (patient and wait):
            scene.guard.wrong(place, what)
            tried.setdefault(place, set()).add(what)
        if len(tried.get(place, ())) <= 5 or not place:
            assert scene.wait(place) == 0.0
    for place, seconds in scene.bans:
        assert len(tried[place]) >= 30
        assert 900 <= seconds <= 86400
