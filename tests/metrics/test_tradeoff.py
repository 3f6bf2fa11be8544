"""The sweep over sigmas: at each the scores of the metrics on the same images, and what it refuses."""

import numpy as np
import pytest

from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.functional.inception import inception_score
from tfgan_suite.metrics.functional.quality_diversity import quality_diversity, reference_log_alpha
from tfgan_suite.metrics.tradeoff import SIGMAS, measure_tradeoff


class Quadrants(Embedder):
    """Features: the mean of each quadrant of the image. Probabilities: a softmax of them."""

    name, weights_hash, feature_dim, num_classes, input_channels = "quadrants", "none", 4, 4, None

    def forward(self, images):
        import tensorflow as tf

        half = images.shape[1] // 2
        parts = [images[:, y : y + half, x : x + half] for y in (0, half) for x in (0, half)]
        features = tf.stack([tf.reduce_mean(part, [1, 2, 3]) for part in parts], axis=1)
        return features, tf.nn.softmax(features / 32)


class NoClassifier(Quadrants):
    num_classes = None


NOISE = np.random.default_rng(0).normal(0, 40, (12, 16, 16, 1))
REFERENCES = np.random.default_rng(1).normal(127, 12, (30, 4)).astype(np.float32)


def draw(sigma):
    """Noise about grey, of a variance that grows with sigma."""
    return np.clip(127 + np.sqrt(sigma) * NOISE, 0, 255).astype(np.uint8)


def test_the_thesis_sigmas():
    assert SIGMAS == (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0)


def test_scores_are_those_of_the_metrics_on_the_images_of_each_sigma():
    calls, embedder = [], Quadrants()
    found = measure_tradeoff(
        draw, embedder, REFERENCES, (0.5, 2.0), num_splits=3, progress=lambda *done: calls.append(done)
    )
    log_alpha = reference_log_alpha(REFERENCES)
    for sigma in (0.5, 2.0):
        embedding = embedder.embed(draw(sigma))
        expected = quality_diversity(
            draw(sigma), embedding.probs, embedding.features, REFERENCES, alpha=np.exp(log_alpha)
        )
        scores = found.at(sigma)
        assert scores.pop("inception_score") == pytest.approx(inception_score(embedding.probs, 3)[0])
        assert scores == pytest.approx(vars(expected))
    assert calls == [(1, 2), (2, 2)]
    assert (found.num_images, found.num_references, found.log_alpha) == (12, 30, log_alpha)
    with pytest.raises(ValueError, match="`sigma` must be one of those measured"):
        found.at(1.0)


def test_a_given_alpha_is_used():
    low, high = (measure_tradeoff(draw, Quadrants(), REFERENCES, (1.0,), log_alpha=a, num_splits=1) for a in (0.0, 9.0))
    assert low.quality < high.quality
    assert low.diversity == high.diversity


def test_equal_images_have_no_diversity():
    images = np.full((6, 16, 16, 1), 9, np.uint8)
    found = measure_tradeoff(lambda sigma: images, Quadrants(), REFERENCES, (1.0,), num_splits=1)
    for name in ("intra_class", "inter_class", "diversity", "combined"):
        assert found.at(1.0)[name] == pytest.approx(0, abs=1e-6)
    assert found.at(1.0)["inception_score"] == pytest.approx(1)


def test_as_json_values():
    found = measure_tradeoff(draw, Quadrants(), REFERENCES, (0.5, 1.0), num_splits=1).to_dict()
    assert found["sigmas"] == [0.5, 1.0]
    assert all(isinstance(value, (list, int, float)) for value in found.values())
    assert isinstance(found["quality"][0], float)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sigmas": ()}, "`sigmas` must hold numbers above 0, at least one"),
        ({"sigmas": (1.0, 0.0)}, r"`sigmas` must hold numbers above 0, .*Received: sigmas=\[1.0, 0.0\]"),
        ({"sigmas": (1.0, float("nan"))}, "`sigmas` must hold numbers above 0"),
        ({"sigmas": (1.0, 1.0)}, "`sigmas` must hold each number once"),
        ({"embedder": NoClassifier()}, "The embedder must be a classifier"),
        ({"log_alpha": float("inf")}, "`log_alpha` must be finite"),
        ({"num_splits": 13}, "`num_splits` must be in"),
        ({"reference_features": REFERENCES[:, :3]}, "must have the same number of dimensions"),
        ({"draw": lambda sigma: NOISE}, "`images_uint8` must be uint8"),
        ({"draw": lambda sigma: draw(sigma)[: int(6 * sigma)], "sigmas": (1.0, 2.0)}, "as many images at each sigma"),
    ],
)
def test_errors(change, message):
    given = {"draw": draw, "embedder": Quadrants(), "reference_features": REFERENCES, "sigmas": (1.0,), "num_splits": 1}
    given |= change
    with pytest.raises(ValueError, match=message):
        measure_tradeoff(**given)
