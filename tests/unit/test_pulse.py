"""When an ear counts as stuck."""

from common.bus.pulse import STUCK_AFTER_S, Pulse


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_ear_is_stuck_while_nothing_in_hand_is_finished_and_well_again_after() -> None:
    clock = Clock()
    pulse = Pulse("ear", clock)
    clock.now += 60
    with pulse:
        clock.now += STUCK_AFTER_S
        assert pulse.trouble(0) is None
        clock.now += 1
        assert "1 events in hand, 0 waiting, nothing finished for 4 s" in str(pulse.trouble(0))
    assert pulse.trouble(5) is None


def test_an_ear_is_stuck_when_events_wait_and_none_comes() -> None:
    clock = Clock()
    pulse = Pulse("ear", clock)
    clock.now += 60
    assert pulse.trouble(0) is None, "nothing waited: there was nothing to hear"
    clock.now += STUCK_AFTER_S + 1
    assert "7 waiting" in str(pulse.trouble(7))
    with pulse:
        pass
    assert pulse.trouble(7) is None


def test_slow_progress_is_progress() -> None:
    clock = Clock()
    pulse = Pulse("ear", clock)
    with pulse:
        for _ in range(5):
            clock.now += STUCK_AFTER_S - 1
            with pulse:
                pass
            assert pulse.trouble(100) is None
