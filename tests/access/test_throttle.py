"""How often one may try to sign in, on a clock that stands still until it is moved."""

import pytest

from tornchat.access import throttle as rules
from tornchat.access.throttle import LoginThrottle
from tornchat.errors import RateLimited

HERE, THERE = "203.0.113.7", "198.51.100.1"


class Scene:
    def __init__(self) -> None:
        self.now = 1000.0
        self.throttle = LoginThrottle(lambda: self.now)

    def tries(self, account: str, place: str, most: int = 100) -> int:
        """Try until it is refused; return how often it was not."""
        for number in range(most):
            try:
                self.throttle.attempt(account, place)
            except RateLimited:
                return number
        return most


def test_sixth_wrong_password_from_one_place_has_to_wait() -> None:
    scene = Scene()
    assert scene.tries("ann", HERE) == 5
    with pytest.raises(RateLimited) as caught:
        scene.throttle.attempt("ann", HERE)
    assert caught.value.retry_after == rules.WINDOW


def test_owner_elsewhere_is_not_locked_out() -> None:
    scene = Scene()
    for last in range(50):
        scene.tries("ann", f"203.0.113.{last}")
    scene.throttle.attempt("ann", THERE)


def test_place_may_guess_twenty_times_at_whatever_names() -> None:
    scene = Scene()
    names = [f"user {number}" for number in range(100)]
    assert sum(scene.tries(name, HERE, most=1) for name in names) == 20
    scene.throttle.attempt("ann", THERE)


def test_what_was_refused_does_not_count() -> None:
    scene = Scene()
    assert scene.tries("ann", HERE) == 5
    for _ in range(100):
        scene.tries("ann", HERE)
    assert scene.tries("bob", HERE) == 5


def test_wait_ends_when_the_first_try_is_a_window_old() -> None:
    scene = Scene()
    scene.throttle.attempt("ann", HERE)
    scene.now += 600
    assert scene.tries("ann", HERE) == 4
    scene.now += rules.WINDOW - 600 - 1
    assert scene.tries("ann", HERE) == 0
    scene.now += 1
    assert scene.tries("ann", HERE) == 1


def test_right_password_takes_its_own_try_back_and_forgets_those_before() -> None:
    scene = Scene()
    for _ in range(50):
        scene.throttle.attempt("ann", HERE)
        scene.throttle.right("ann", HERE)
    for _ in range(4):
        scene.throttle.attempt("ann", HERE)
    scene.throttle.attempt("ann", HERE)
    scene.throttle.right("ann", HERE)
    assert scene.tries("ann", HERE) == 5
    assert scene.tries("bob", HERE) == 5


def test_right_password_of_one_does_not_pay_for_guesses_at_others() -> None:
    """Else whoever has an account could guess at the others without an end."""
    scene = Scene()
    guessed = 0
    for number in range(100):
        guessed += scene.tries(f"user {number}", HERE, most=1)
        try:
            scene.throttle.attempt("mallory", HERE)
        except RateLimited:
            break
        scene.throttle.right("mallory", HERE)
    assert guessed <= 20


def test_codes_are_counted_from_everywhere_together() -> None:
    scene = Scene()
    for _ in range(20):
        scene.throttle.code("ann")
    with pytest.raises(RateLimited):
        scene.throttle.code("ann")
    scene.throttle.code("bob")
    scene.now += rules.WINDOW
    scene.throttle.code("ann")
    scene.throttle.code_was_right("ann")
    for _ in range(20):
        scene.throttle.code("ann")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_KEPT", 100)
    scene = Scene()
    for number in range(1000):
        scene.tries("ann", f"place {number}", most=1)
    assert len(scene.throttle._tries) <= 100
