import dataclasses
import pickle

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.schedules import (
    GAUSSIAN_SMOOTH_TO_SHARP,
    TUNABLE_SMOOTH_TO_SHARP,
    SmoothToSharp,
    piecewise_constant,
)

PLANS = {"tunable": TUNABLE_SMOOTH_TO_SHARP, "gaussian": GAUSSIAN_SMOOTH_TO_SHARP}


@pytest.mark.parametrize(
    ("plan", "values"),
    [
        (TUNABLE_SMOOTH_TO_SHARP, [0, -0.2, -0.6, -0.8, -0.99999]),
        (GAUSSIAN_SMOOTH_TO_SHARP, [2, 1.5, 1, 0.5, 0]),
    ],
)
def test_the_plans_of_the_thesis(plan, values):
    plan.check(20_000)
    assert (plan.num_steps, plan.ends_steps) == (20_000, (2500, 5000, 7500, 10_000, 20_000))
    in_graph = tf.function(plan)
    for start, end, value in zip((0, *plan.ends_steps), plan.ends_steps, values, strict=False):
        for step in (start, end - 1):
            assert float(plan(step)) == np.float32(value)
            assert float(in_graph(tf.constant(step, tf.int64))) == np.float32(value)
    assert in_graph.experimental_get_tracing_count() == 1
    assert float(plan(10**9)) == np.float32(values[-1])


def test_is_a_piecewise_constant_schedule():
    plan, schedule = SmoothToSharp([2, 2, 0.5], [1, 3, 2]), piecewise_constant([2, 2, 0.5], [1, 3, 2])
    assert [float(plan(step)) for step in range(8)] == [float(schedule(step)) for step in range(8)]


def test_is_a_value():
    plan = SmoothToSharp([1, 0.0], [3, np.int64(2)])
    assert plan == SmoothToSharp((1.0, 0.0), (3, 2)) == pickle.loads(pickle.dumps(plan))
    assert dataclasses.asdict(plan) == {"values": (1.0, 0.0), "lengths_steps": (3, 2)}
    assert hash(plan) == hash(SmoothToSharp((1.0, 0.0), (3, 2)))


@pytest.mark.parametrize(
    ("num_steps", "lengths"),
    [
        (20_000, (2500, 2500, 2500, 2500, 10_000)),
        (2000, (250, 250, 250, 250, 1000)),
        (80_000, (10_000, 10_000, 10_000, 10_000, 40_000)),
        (20, (3, 2, 3, 2, 10)),  # ends at 2.5 -> 3, 5, 7.5 -> 8, 10
        (8, (1, 1, 1, 1, 4)),
        (6, (1, 1, 1, 1, 2)),
        (5, (1, 1, 1, 1, 1)),
    ],
)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_scaled_to(plan, num_steps, lengths):
    scaled = plan.scaled_to(num_steps)
    assert (scaled.values, scaled.lengths_steps) == (plan.values, lengths)
    scaled.check(num_steps)


def test_scaling_keeps_a_step_for_every_value_and_ends_near_their_places():
    generator = np.random.default_rng(0)
    for _ in range(300):
        lengths = generator.integers(1, 1000, size=generator.integers(1, 7)).tolist()
        plan = SmoothToSharp([0.0] * len(lengths), lengths)
        scaled = plan.scaled_to(int(generator.integers(len(lengths), 100)))
        assert scaled.num_steps == sum(scaled.lengths_steps)
        assert min(scaled.lengths_steps) >= 1
        exact = np.array(plan.ends_steps) * scaled.num_steps / plan.num_steps
        assert np.abs(np.array(scaled.ends_steps) - exact).max() <= len(lengths)
        assert plan.scaled_to(plan.num_steps) == plan


@pytest.mark.parametrize("num_steps", [19_999, 20_001, 100, 0])
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_plan_that_does_not_cover_the_steps(plan, num_steps):
    message = rf"add up to the generator steps.*sum=20000, num_steps={num_steps}\. `scaled_to\({num_steps}\)`"
    with pytest.raises(ValueError, match=message):
        plan.check(num_steps)


@pytest.mark.parametrize(
    ("values", "lengths", "message"),
    [
        ([0.0, -0.8, -0.2], [1, 1, 1], "from smooth to sharp.*`piecewise_constant`"),
        ([0.0, 0.5], [1, 1], "from smooth to sharp"),
        ([1.0, float("nan")], [1, 1], "`values` must be finite"),
        ([float("inf"), 0.0], [1, 1], "`values` must be finite"),
        ([], [], "must have the same length"),
        ([1.0], [1, 2], "must have the same length"),
        ([1.0, 0.0], [1, 0], "`length_steps` must be above 0"),
        ([1.0, 0.0], [1, 2.5], "`lengths_steps` must be whole numbers"),
        ([1.0], [float("nan")], "`lengths_steps` must be whole numbers"),
        ([1.0], [float("inf")], "`lengths_steps` must be whole numbers"),
    ],
)
def test_refuses(values, lengths, message):
    with pytest.raises(ValueError, match=message):
        SmoothToSharp(values, lengths)


@pytest.mark.parametrize("num_steps", [4, 0, -10, 20.5, float("inf"), float("nan")])
def test_scaling_refuses(num_steps):
    with pytest.raises(ValueError, match="`num_steps` must be a whole number, at least one step for each value"):
        TUNABLE_SMOOTH_TO_SHARP.scaled_to(num_steps)
