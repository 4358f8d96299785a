"""`loop.call_later` on a clock that is moved by hand."""

from collections.abc import Callable


class Timer:
    """One call that will happen, unless it is cancelled."""

    def __init__(self, due: float, callback: Callable[[], object]) -> None:
        self.due = due
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Timers:
    """All calls that were asked for; `pass_time` makes them."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[Timer] = []

    def __call__(self, seconds: float, callback: Callable[[], object]) -> Timer:
        timer = Timer(self.now + seconds, callback)
        self._waiting.append(timer)
        return timer

    @property
    def waiting(self) -> list[float]:
        """In how many seconds each call is due."""
        return [timer.due - self.now for timer in self._waiting if not timer.cancelled]

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self._waiting if timer.due <= self.now]
        self._waiting = [timer for timer in self._waiting if timer.due > self.now]
        for timer in due:
            if not timer.cancelled:
                timer.callback()
