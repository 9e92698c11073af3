"""The last values of something, in order of size."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.windows import DAY_S, Window, quantile

steps = st.lists(  # days since the one before, and a value
    st.tuples(
        st.sampled_from([0.0, 0.5, 1.0, 3.0, 30.0]), st.none() | st.sampled_from([1.0, 2.0, 2.5, -4.0])
    ),
    max_size=40,
)


def held(seen: list[tuple[float, float]], now_s: float, days: float, keep: int) -> list[float]:
    """What a window should hold, by looking at everything that was ever added, oldest first."""
    young = sum(1 for at_s, _ in seen if at_s >= now_s - days * DAY_S)
    return [value for _, value in seen][max(0, len(seen) - max(keep, young)) :]


@settings(max_examples=120, deadline=None)
@given(steps, st.sampled_from([1.0, 7.0, 60.0]), st.sampled_from([0, 3, 20]))
def test_a_window_holds_what_a_plain_list_would(
    given_steps: list[tuple[float, float | None]], days: float, keep: int
) -> None:
    window, seen = Window(days, keep), list[tuple[float, float]]()
    times = accumulate(pause * DAY_S for pause, _ in given_steps)
    for at_s, (_, value) in zip(times, given_steps, strict=True):
        window.forget(at_s)
        expected = sorted(held(seen, at_s, days, keep))
        assert window.values == expected
        if expected:
            below = sum(each < 2.0 for each in expected)
            same = sum(each == 2.0 for each in expected)
            assert window.place(2.0) == pytest.approx((below + same / 2) / len(expected))
            assert window.quantile(0.5) == quantile(expected, 0.5)
        window.add(at_s, value)
        seen += [(at_s, value)] if value is not None else []


def test_a_value_among_equal_ones_lies_in_their_middle() -> None:
    window = Window(7)
    for value in (1.0, 2.0, 2.0, 3.0):
        window.add(0, value)

    assert [window.place(value) for value in (0.5, 1.0, 2.0, 3.0, 4.0)] == [0, 0.125, 0.5, 0.875, 1]


@pytest.mark.parametrize(
    ("ordered", "share", "expected"),
    [
        ([5.0], 0.9, 5.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([1.0, 2.0, 9.0], 0.5, 2.0),
        ([0.0, 10.0], 0.9, 9.0),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
        ([1.0, 2.0, 3.0], 0.0, 1.0),
    ],
)
def test_a_quantile_lies_between_its_neighbours(ordered: list[float], share: float, expected: float) -> None:
    assert quantile(ordered, share) == pytest.approx(expected)


def test_of_nothing_there_is_no_quantile_and_no_place() -> None:
    with pytest.raises(IndexError):
        Window(7).quantile(0.5)
    with pytest.raises(ZeroDivisionError):
        Window(7).place(1.0)


def test_the_last_ones_stay_however_old_they_are() -> None:
    window = Window(days=7, keep=2)
    for day in range(5):
        window.add(day * DAY_S, float(day))
    window.forget(1000 * DAY_S)

    assert window.values == [3.0, 4.0]


def test_a_window_does_not_grow_with_the_years() -> None:
    window = Window(days=180, keep=20)
    for day in range(3650):
        window.forget(day * DAY_S)
        window.add(day * DAY_S, float(day * 7919 % 1000))

    assert len(window) <= 182
