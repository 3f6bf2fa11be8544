"""The samplers that come with the project: small, loadable by TensorFlow alone, and with their numbers' protocol."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

DIGITS = Path(__file__).parents[1] / "saved_models" / "digits"


def test_digits_is_small_and_says_how_it_was_made():
    assert sum(file.stat().st_size for file in DIGITS.rglob("*") if file.is_file()) < 2 * 2**20
    card = json.loads((DIGITS / "card.json").read_text())
    assert "recipes.cingan_cifar --preset demo" in card["made_by"]["command"]
    assert card["metrics"]["fid"] > 0
    assert card["protocol"]["num_fake"] == 2_000


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
