"""Mode scores while training are those of the metric on the same samples; points are kept for scatter plots."""

import keras
import numpy as np
import pytest

from tfgan_suite.callbacks import EvaluateModes, SamplePoints, label_scores, point_scores
from tfgan_suite.data import mixture_points, ring_mixture
from tfgan_suite.metrics.functional.modes import label_mode_statistics, mode_statistics
from tfgan_suite.models import PacGAN

RING = ring_mixture()


@pytest.fixture(scope="module")
def points():
    return mixture_points(RING, 64, seed=0)


@pytest.fixture
def gan(points):
    keras.utils.set_random_seed(0)
    gan = PacGAN.for_points(points, packing=2)
    gan.compile(run_eagerly=True)
    return gan


def test_scores_of_points_are_those_of_the_metric(gan):
    evaluate = EvaluateModes(point_scores(RING), 1, num_samples=100, seed=3)
    evaluate.set_model(gan)
    expected = mode_statistics(gan.sample(100, seed=3), RING.centers, RING.stddev)
    scores = evaluate.measure()
    assert scores.pop("evaluation_sec") > 0
    assert scores.pop("high_quality_square") >= expected.high_quality_fraction
    assert scores == {
        "num_modes": expected.num_modes,
        "high_quality_fraction": expected.high_quality_fraction,
        "reverse_kl": expected.reverse_kl,
    }


def test_scores_of_true_points_are_those_of_a_covered_mixture():
    scores = point_scores(RING)(RING.sample(20_000, seed=1)[0])
    assert scores["num_modes"] == 8
    assert scores["high_quality_fraction"] == pytest.approx(1 - np.exp(-4.5), abs=0.005)  # 6 standard errors
    assert scores["high_quality_square"] == pytest.approx(0.9946, abs=0.004)
    assert scores["reverse_kl"] < 0.001  # 7 / 40,000 is expected


def test_scores_of_images_are_those_of_their_labels():
    images = np.zeros((6, 2, 2, 1), np.float32)
    scores = label_scores(lambda batch: np.arange(len(batch)) % 3, num_modes=4)(images)
    expected = label_mode_statistics(np.arange(6) % 3, 4)
    assert scores == {"num_modes": 3, "reverse_kl": expected.reverse_kl}
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    scores = label_scores(lambda batch: np.arange(len(batch)) % 3, 4, target_probs=shares)(images)
    assert scores["reverse_kl"] == pytest.approx(np.log(1 / 3) - np.log(shares[:3]).mean())


def test_measures_and_keeps_points_at_its_intervals(gan, points, tmp_path):
    callbacks = [EvaluateModes(point_scores(RING), 2, num_samples=10), SamplePoints(tmp_path, 3, num_samples=5)]
    batches = points.training_batches(8)
    history = gan.fit(batches, epochs=4, steps_per_epoch=1, callbacks=callbacks, verbose=0).history
    assert len(history["num_modes"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step_00000000.npz", "step_00000003.npz"]
    assert np.load(tmp_path / "step_00000003.npz")["points"].shape == (5, 2)


def test_kept_points_are_those_of_their_seed(gan, tmp_path):
    keep = SamplePoints(tmp_path, 1, num_samples=5, seed=4)
    keep.set_model(gan)
    keep.act(7, {})
    np.testing.assert_array_equal(np.load(tmp_path / "step_00000007.npz")["points"], gan.sample(5, seed=4))


def test_samples_that_are_not_finite_are_not_measured(gan):
    bias = gan.generator.trainable_variables[-1]
    bias.assign(np.full(bias.shape, np.nan))
    evaluate = EvaluateModes(point_scores(RING), 1, num_samples=10)
    evaluate.set_model(gan)
    with pytest.raises(ValueError, match="generated samples must be finite"):
        evaluate.measure()
