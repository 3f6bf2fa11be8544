"""Scores of generated spheres: true images, wrong ones, and critics whose outputs are known."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.callbacks import evaluate_spheres
from tfgan_suite.callbacks.evaluate_spheres import EvaluateSpheres, sphere_scores
from tfgan_suite.data.spheres import sharp_spheres, smooth_spheres, two_spheres

SETS = {
    "sharp": sharp_spheres(),
    "smooth": smooth_spheres(),
    "two sharp": two_spheres(num_images=2_000, k=-1),
    "two smooth": two_spheres(num_images=500, k=0),
}


def model_of(images, discriminator=None):
    """Gives the images in turn, as many as are asked for."""

    def sample(num_images, seed, batch_size):
        assert (seed, batch_size) == (3, evaluate_spheres.BATCH_SIZE)
        return np.resize(images, (num_images, *images.shape[1:]))

    return types.SimpleNamespace(sample=sample, discriminator=discriminator)


def measured(spheres, images, *, discriminator=None, num_samples=None, step=5):
    num_samples = len(images) if num_samples is None else num_samples
    evaluate = EvaluateSpheres(lambda _: spheres, 1, num_samples, discriminator is not None, seed=3)
    evaluate.set_model(model_of(images, discriminator))
    return evaluate.measure(step)


@pytest.mark.parametrize("name", SETS)
def test_true_images_have_no_error(name):
    scores = measured(SETS[name], SETS[name].images)
    assert scores.keys() == {"center_kl", "rmse", "evaluation_sec"}
    assert 0 <= scores["rmse"] < 1e-7
    assert scores["evaluation_sec"] > 0


@pytest.mark.parametrize("name", ["sharp", "smooth"])
def test_every_true_image_once_has_no_divergence(name):
    assert abs(measured(SETS[name], SETS[name].images)["center_kl"]) < 1e-9


def test_one_image_again_and_again_has_no_error_but_a_divergence():
    """One centre's density, a Gaussian of one pixel, has an entropy of 1 + log(2 pi) against log(20^2)."""
    spheres = SETS["sharp"]
    scores = measured(spheres, spheres.images[[210]], num_samples=50)
    assert scores["rmse"] == 0
    assert scores["center_kl"] == pytest.approx(np.log(400) - 1 - np.log(2 * np.pi), rel=1e-3)


def test_empty_images_have_the_error_of_what_is_missing():
    """They are detected at (0, 0), where a quarter of the disk of radius 4 is within the image: 17 pixels."""
    scores = measured(SETS["sharp"], np.zeros((10, 28, 28, 1), np.float32))
    assert scores["rmse"] == pytest.approx((17 / 784) ** 0.5, rel=1e-6)
    assert scores["center_kl"] > 4


def test_spheres_of_another_shape_have_an_error_at_the_right_places():
    sharp, smooth = SETS["sharp"], SETS["smooth"]
    scores = measured(sharp, smooth.images)
    difference = np.sqrt(np.square(smooth.images - sharp.images).mean(axis=(1, 2, 3))).mean()
    assert scores["rmse"] == pytest.approx(difference, rel=1e-5)
    assert scores["center_kl"] < 1e-9


def test_what_a_critic_estimates(monkeypatch):
    """A critic that gives the brightness: 49 pixels of a sharp sphere less those of grey images; in several blocks."""
    monkeypatch.setattr(evaluate_spheres, "BATCH_SIZE", 7)
    spheres = SETS["sharp"]

    def critic(images, training):
        assert training is False
        assert len(images) <= 7
        return tf.reduce_sum(images, axis=(1, 2))

    images = np.full((10, 28, 28, 1), 0.25, np.float32)
    scores = measured(spheres, images, discriminator=critic)
    assert scores["wasserstein_distance"] == pytest.approx(49 - 0.25 * 784, rel=1e-6)
    assert measured(spheres, spheres.images, discriminator=critic)["wasserstein_distance"] == pytest.approx(0, abs=1e-5)


def test_the_spheres_are_those_of_the_step():
    evaluate = EvaluateSpheres(lambda step: SETS["smooth" if step <= 2 else "sharp"], 1, 400, seed=3)
    evaluate.set_model(model_of(SETS["smooth"].images))
    logs = {}
    evaluate.act(2, logs)
    assert logs["rmse"] < 1e-7
    evaluate.act(3, logs)
    assert logs["rmse"] > 0.05


def test_what_is_refused():
    spheres = SETS["sharp"]
    with pytest.raises(ValueError, match="`every_steps` must be above 0"):
        EvaluateSpheres(lambda step: spheres, 0)
    with pytest.raises(ValueError, match="`num_samples` must be above 0"):
        EvaluateSpheres(lambda step: spheres, 1, 0)
    images = np.zeros((4, 28, 28, 1), np.float32)
    images[2, 3, 3] = np.nan
    with pytest.raises(ValueError, match="must be finite to be measured"):
        measured(spheres, images)
    with pytest.raises(ValueError, match="images must have the size of the sphere set"):
        sphere_scores(spheres, np.zeros((4, 20, 20, 1), np.float32))
