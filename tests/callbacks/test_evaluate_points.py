"""Scores of points while training: the likelihood under the true mixture, and what labels mean."""

import math

import keras
import numpy as np
import pytest

from tfgan_suite.callbacks.evaluate_modes import point_scores
from tfgan_suite.callbacks.evaluate_points import EvaluatePoints, label_nmi, within_mode_stddev
from tfgan_suite.data import GaussianMixture, mixture_points, nine_gaussians, ring_mixture
from tfgan_suite.metrics.functional.clustering import normalized_mutual_information
from tfgan_suite.models.sampling import sample_inputs
from tfgan_suite.runs.mmgan.toy_models import LABELLED, TITLES, ToyOptions, build_toy_model

NINE = nine_gaussians()
OPTIONS = ToyOptions(
    latent_dim=4, num_gaussians=5, generator_units=8, generator_layers=1, discriminator_units=4, discriminator_layers=1
)


@pytest.fixture(scope="module")
def points():
    return mixture_points(NINE, 64, seed=0)


def measured(gan, **kwargs):
    evaluate = EvaluatePoints(NINE, 1, num_samples=300, **kwargs)
    evaluate.set_model(gan)
    return evaluate.measure()


@pytest.mark.parametrize("model", TITLES)
def test_scores_are_those_of_the_models_own_samples(model, points):
    gan = build_toy_model(model, points, OPTIONS, seed=1)
    scores, samples = measured(gan, seed=3), gan.sample(300, seed=3)
    assert scores.pop("evaluation_sec") > 0
    assert scores.pop("negative_log_likelihood") == pytest.approx(-NINE.log_density(samples).mean(), rel=1e-6)
    assert scores.pop("within_mode_stddev") == pytest.approx(within_mode_stddev(samples, NINE))
    if model != "gan":
        labels = sample_inputs(gan, 300, None, 3)[1].numpy()
        assert scores.pop("label_nmi") == pytest.approx(label_nmi(samples, labels, NINE))
        assert np.unique(labels).tolist() == list(range(9 if model == "acgan" else 5))
    assert scores == point_scores(NINE)(samples)


@pytest.mark.parametrize("model", LABELLED)
def test_models_of_labels_need_them(model, points):
    with pytest.raises(ValueError, match="without labels"):
        build_toy_model(model, points.with_labels(None), OPTIONS, seed=0)


def test_an_unknown_model_is_refused(points):
    with pytest.raises(ValueError, match="`model` must be one of 'gan', 'acgan', 'mmgan', 'supervised_mmgan'"):
        build_toy_model("wgan", points, OPTIONS, seed=0)


def test_all_models_have_networks_of_one_size_and_the_same_rule(points):
    gans = {model: build_toy_model(model, points, OPTIONS, seed=0) for model in TITLES}
    assert gans["gan"].generator.count_params() == gans["mmgan"].generator.count_params()
    assert gans["supervised_mmgan"].generator.count_params() == gans["mmgan"].generator.count_params()
    assert [gan.generator_batch_size for gan in gans.values()] == [128] * 4
    assert gans["supervised_mmgan"].discriminator.output_shape == (None, 5)  # min(K, classes)
    rates = {float(gan.generator_optimizer.learning_rate) for gan in gans.values()}
    assert rates == {np.float32(2e-4)}


def test_within_mode_stddev_by_hand():
    """Offsets from the means 1 and 9 of the two cells: 2, 2 and 1, 1."""
    mixture = GaussianMixture("two", [[0.0], [10.0]], 1.0)
    points = np.array([[-1.0], [3.0], [8.0], [10.0]])
    assert within_mode_stddev(points, mixture) == pytest.approx(math.sqrt((4 + 4 + 1 + 1) / 4))
    assert within_mode_stddev(np.array([[1.0], [1.0], [9.0]]), mixture) == 0  # a point per mode


def test_within_mode_stddev_of_true_points_is_the_mixtures():
    """Centres of the ring are 77 standard deviations apart; of 200,000 squares the relative error is 1 / 447."""
    ring = ring_mixture()
    assert within_mode_stddev(ring.sample(100_000, seed=0)[0], ring) == pytest.approx(ring.stddev, rel=6 / 632)


def test_label_nmi_by_hand():
    mixture = GaussianMixture("two", [[0.0], [10.0]], 1.0)
    points = np.array([[1.0], [-1.0], [9.0], [11.0]])  # nearest: 0, 0, 1, 1
    assert label_nmi(points, np.array([5, 5, 2, 2]), mixture) == pytest.approx(1)
    assert label_nmi(points, np.array([0, 1, 0, 1]), mixture) == pytest.approx(0, abs=1e-12)
    four = label_nmi(points, np.arange(4), mixture)  # I = log 2, H = log 4 and log 2
    assert four == pytest.approx(np.sqrt(0.5))
    assert four == pytest.approx(normalized_mutual_information(np.arange(4), np.array([0, 0, 1, 1]), "geometric"))


def test_points_that_are_not_finite_are_not_measured(points):
    gan = build_toy_model("mmgan", points, OPTIONS, seed=0)
    bias = gan.generator.trainable_variables[-1]
    bias.assign(np.full(bias.shape, np.nan))
    with pytest.raises(ValueError, match="generated samples must be finite"):
        measured(gan)


def test_measures_at_its_interval_and_the_same_points_each_time(points):
    keras.utils.set_random_seed(0)
    gan = build_toy_model("mmgan", points, OPTIONS, seed=0)
    evaluate = EvaluatePoints(NINE, 2, num_samples=50)
    history = gan.fit(points.training_batches(8), epochs=4, steps_per_epoch=1, callbacks=[evaluate], verbose=0).history
    assert len(history["negative_log_likelihood"]) == len(history["label_nmi"]) == 2
    assert evaluate.measure()["negative_log_likelihood"] == history["negative_log_likelihood"][-1]
