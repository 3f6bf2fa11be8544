"""The samplers that come with the project: small, loadable by TensorFlow alone, and with their numbers' protocol."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

SAVED_MODELS = Path(__file__).parents[1] / "saved_models"
DIGITS, MIXTURE = SAVED_MODELS / "digits", SAVED_MODELS / "digits_mixture"


@pytest.mark.parametrize(
    ("folder", "recipe", "metric", "protocol"),
    [
        (DIGITS, "recipes.cingan_cifar", "fid", {"num_fake": 2_000}),
        (MIXTURE, "recipes.mmgan_clustering", "clustering_accuracy", {"clusters": 10}),
    ],
)
def test_a_sampler_is_small_and_says_how_it_was_made(folder, recipe, metric, protocol):
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 4 * 2**20
    card = json.loads((folder / "card.json").read_text())
    assert f"{recipe} --preset demo" in card["made_by"]["command"]
    assert card["metrics"][metric] > 0
    assert card["protocol"].items() >= protocol.items()


def test_digits_draws_classes_that_differ_and_the_same_images_for_a_seed():
    sampler = tf.saved_model.load(str(DIGITS))
    labels = np.repeat(np.arange(10, dtype=np.int32), 20)
    images = sampler.sample_class(labels=labels, seed=1)["images"].numpy()
    assert images.shape == (200, 16, 16, 1)
    assert np.abs(images).max() <= 1
    np.testing.assert_array_equal(images, sampler.sample_class(labels=labels, seed=1)["images"].numpy())
    by_class = images.reshape(10, 20, -1)
    within = by_class.std(axis=1).mean()
    between = by_class.mean(axis=1).std(axis=0).mean()
    # Equal means would differ by within / sqrt(20), about a quarter of it; the clusters' differ by about as much again.
    assert between > 0.4 * within


def test_sigma_makes_the_images_of_a_gaussian_less_or_more_varied():
    sampler = tf.saved_model.load(str(MIXTURE))
    gaussians = np.repeat(np.arange(10, dtype=np.int32), 20)
    spreads = []
    for sigma in (0.1, 1.0, 3.0):
        images = sampler.sample_gaussian(gaussians=gaussians, seed=1, sigma=sigma)["images"].numpy()
        assert images.shape == (200, 16, 16, 1)
        spreads.append(images.reshape(10, 20, -1).std(axis=1).mean(axis=1))
    assert np.all(spreads[0] < spreads[1])
    assert np.all(spreads[1] < spreads[2])
