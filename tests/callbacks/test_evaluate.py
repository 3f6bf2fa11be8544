"""Measuring: the numbers are those of the metrics on the same samples, and come when they should."""

import numpy as np
import pytest

from tfgan_suite.callbacks.evaluate import Evaluate, HeldOut
from tfgan_suite.core.images import to_uint8
from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.functional.ddm import distribution_divergence
from tfgan_suite.metrics.functional.frechet import feature_statistics, frechet_distance
from tfgan_suite.metrics.functional.inception import inception_score


class Quadrants(Embedder):
    """Features: the mean of each quadrant of the image. Probabilities: a softmax of them."""

    name, weights_hash, feature_dim, num_classes, input_channels = "quadrants", "none", 4, 4, None

    def forward(self, images):
        import tensorflow as tf

        half = images.shape[1] // 2
        parts = [images[:, y : y + half, x : x + half] for y in (0, half) for x in (0, half)]
        features = tf.stack([tf.reduce_mean(part, [1, 2, 3]) for part in parts], axis=1)
        return features, tf.nn.softmax(features / 32)


class Halves(Quadrants):
    """Features: half of the mean of each quadrant."""

    name = "halves"

    def forward(self, images):
        features, probs = super().forward(images)
        return features / 2, probs


@pytest.fixture(scope="module")
def evaluate(images):
    embedder = Quadrants()
    return Evaluate(embedder, feature_statistics(embedder.embed(images.train.images).features), 2, num_samples=40)


def test_scores_are_those_of_the_metrics_on_the_same_samples(make_gan, evaluate):
    gan = make_gan()
    evaluate.set_model(gan)
    scores = evaluate.measure()
    embedding = evaluate.embedder.embed(to_uint8(gan.sample(40, seed=0)))
    expected = frechet_distance(evaluate.real_statistics, feature_statistics(embedding.features))
    assert scores["fid"] == pytest.approx(expected.total, rel=1e-6)
    assert scores["fid_mean_part"] == pytest.approx(expected.mean_part, rel=1e-6)
    assert scores["fid_covariance_part"] == pytest.approx(expected.covariance_part, rel=1e-6)
    assert scores["inception_score"] == pytest.approx(inception_score(embedding.probs)[0], rel=1e-6)


def test_seed_and_splits_are_as_asked_for_and_progress_is_told(images, make_gan, evaluate):
    told = []
    how = {"num_splits": 3, "seed": 5, "progress": lambda done, total: told.append((done, total))}
    other = Evaluate(evaluate.embedder, evaluate.real_statistics, 2, num_samples=40, **how)
    gan = make_gan()
    other.set_model(gan)
    scores = other.measure()
    embedding = evaluate.embedder.embed(to_uint8(gan.sample(40, seed=5)))
    mean, stddev = inception_score(embedding.probs, 3)
    assert scores["inception_score"] == pytest.approx(mean, rel=1e-6)
    assert scores["inception_score_stddev"] == pytest.approx(stddev, rel=1e-5)
    assert told == [(40, 40)]
    assert (other.protocol(images, "train").num_splits, other.protocol(images, "train").seed) == (3, 5)


@pytest.mark.parametrize("other", [False, True])
def test_ddm_is_that_of_the_same_samples(images, make_gan, evaluate, other):
    embedder = Halves() if other else evaluate.embedder
    held_out = HeldOut(embedder, embedder.embed(images.test.images).features)
    gan = make_gan()
    measuring = Evaluate(evaluate.embedder, evaluate.real_statistics, 2, num_samples=40, held_out=held_out)
    measuring.set_model(gan)
    scores = measuring.measure()
    expected = distribution_divergence(held_out.features, embedder.embed(to_uint8(gan.sample(40, seed=0))).features)
    assert scores["ddm"] == pytest.approx(expected, rel=1e-6)
    evaluate.set_model(gan)
    without = evaluate.measure()
    assert "ddm" not in without
    assert without["fid"] == pytest.approx(scores["fid"], rel=1e-9)
    about = measuring.protocol(images, "train").to_dict()["settings"]["ddm"]
    start = "halves" if other else "the same features"
    assert about == f"{start}, 12 test images, Euclidean, bandwidth 1"
    assert evaluate.protocol(images, "train").settings == ()


def test_measures_at_multiples_of_its_interval_only(make_gan, batches, evaluate):
    gan = make_gan()
    history = gan.fit(batches, epochs=4, steps_per_epoch=1, callbacks=[evaluate], verbose=0).history
    assert len(history["fid"]) == 2
    assert np.isfinite(history["fid"]).all()


def test_protocol_says_how_the_numbers_were_made(images, evaluate):
    protocol = evaluate.protocol(images, "train")
    assert (protocol.real_source, protocol.real_split) == ("noise", "train")
    assert (protocol.embedder, protocol.num_real, protocol.num_fake, protocol.resize) == ("quadrants", 48, 40, "none")


def test_images_that_are_not_finite_are_not_measured(make_gan, evaluate):
    gan = make_gan()
    bias = gan.generator.trainable_variables[-1]
    bias.assign(np.full(bias.shape, np.nan))
    evaluate.set_model(gan)
    with pytest.raises(ValueError, match="must be finite to be measured"):
        evaluate.measure()


def test_too_few_samples_for_the_splits_are_refused(evaluate):
    with pytest.raises(ValueError, match="`num_samples` must be at least 2"):
        Evaluate(evaluate.embedder, evaluate.real_statistics, 2, num_samples=5)
