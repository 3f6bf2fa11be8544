import math

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.functional.quality_diversity import (
    combined_score,
    diversity_score,
    inter_class_diversity,
    intra_class_diversity,
    quality_diversity,
    quality_scores,
    reference_log_alpha,
)


def random_images(count=4):
    return np.random.default_rng(0).uniform(-1, 1, (count, 32, 32, 3)).astype(np.float32)


def test_quality_worked_by_hand():
    references = np.array([[0.0, 0.0], [10.0, 0.0]])
    features = np.array([[0.0, 0.0], [3.0, 4.0], [10.0, 1.0]])  # distances 0, 5 and 1
    for alpha in (0.3, 50.0):
        expected = [1 - math.exp(d) / (math.exp(d) + alpha) for d in (0.0, 5.0, 1.0)]
        np.testing.assert_allclose(quality_scores(features, references, alpha), expected, rtol=1e-13)
    assert quality_scores(features[:1], references, 3.0)[0] == pytest.approx(0.75)  # alpha / (1 + alpha)


def test_quality_does_not_overflow():
    scores = quality_scores(np.array([[0.0], [1e5], [1e150]]), np.zeros((1, 1)), 1.0)
    np.testing.assert_array_equal(scores, [0.5, 0.0, 0.0])
    assert quality_scores(np.array([[700.0]]), np.zeros((1, 1)), 1.0)[0] == pytest.approx(math.exp(-700), rel=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quality_is_that_of_all_distances(dtype, monkeypatch):
    monkeypatch.setattr("tfgan_suite.metrics.functional.quality_diversity._BLOCK_ROWS", 7)
    generator = np.random.default_rng(0)
    features = generator.normal(5, 1, (50, 8)).astype(dtype)
    references = np.concatenate([generator.normal(5, 1, (90, 8)).astype(dtype), features[:3]])
    distances = np.linalg.norm(features[:, None].astype(np.float64) - references[None], axis=2).min(axis=1)
    np.testing.assert_allclose(quality_scores(features, references, 2.0), 2 / (np.exp(distances) + 2), rtol=1e-12)
    np.testing.assert_allclose(quality_scores(features[:3], references, 2.0), 2 / 3, rtol=1e-15)  # copies: d = 0


def test_reference_log_alpha_worked_by_hand():
    """0, 1, 3, 10 on a line: nearest others at 1, 1, 2, 7; their median is 1.5."""
    references = np.array([[0.0], [1.0], [3.0], [10.0]])
    assert reference_log_alpha(references) == 1.5
    features = np.array([[1.0], [4.5], [20.0]])  # distances 0, 1.5 and 10
    expected = [math.exp(1.5) / (1 + math.exp(1.5)), 0.5, math.exp(1.5) / (math.exp(10) + math.exp(1.5))]
    np.testing.assert_allclose(quality_scores(features, references), expected, rtol=1e-13)
    np.testing.assert_allclose(quality_scores(features, references, math.exp(1.5)), expected, rtol=1e-13)
    np.testing.assert_allclose(quality_scores(features, references, log_alpha=1.5), expected, rtol=1e-13)


@pytest.mark.parametrize("scale", [0.1, 1.0, 1000.0])
def test_real_images_score_a_half_whatever_the_scale(scale):
    """Of 400 new images of the references' kind, about half lie beyond the median: binomial, five stddevs of 10.

    At 1,000 times the scale alpha itself would be infinite.
    """
    generator = np.random.default_rng(0)
    references, features = (scale * generator.normal(size=(count, 8)) for count in (2000, 400))
    scores = quality_scores(features, references)
    assert 150 < np.count_nonzero(scores > 0.5) < 250
    far = quality_scores(features + 5 * scale, references)
    assert far.mean() < scores.mean()
    assert reference_log_alpha(references) == pytest.approx(scale * reference_log_alpha(references / scale))


def test_copies_among_the_references_are_neighbours():
    assert reference_log_alpha(np.zeros((3, 2))) == 0.0


def test_intra_class_diversity_is_equation_3_4():
    images = (random_images() + 1) / 2
    a, b = np.indices((4, 4)).reshape(2, -1)
    weights = (0.0448 / 0.3304, 0.2856 / 0.3304)
    similarities = tf.image.ssim_multiscale(images[a], images[b], 1.0, weights).numpy()
    value = intra_class_diversity(images, value_range=(0, 1))
    assert value == pytest.approx(1 - similarities.mean(), abs=1e-5)
    distinct = intra_class_diversity(images, pairs="distinct", value_range=(0, 1))
    assert distinct == pytest.approx(1 - similarities[a != b].mean(), abs=1e-5)
    assert distinct * 3 / 4 == pytest.approx(value, rel=1e-12)


def test_equal_images_have_no_diversity():
    images = np.repeat(random_images(1), 3, axis=0)
    assert intra_class_diversity(images) == pytest.approx(0.0, abs=1e-12)
    assert diversity_score(intra_class_diversity(images), 1.0) == pytest.approx(0.0, abs=1e-6)
    assert intra_class_diversity(images[:, :8, :8], variant="progressive_gan") == pytest.approx(0.0, abs=1e-12)


def test_inter_class_diversity_worked_by_hand():
    probs = np.array([[0.6, 0.4, 0.0], [0.5, 0.5, 0.0], [0.1, 0.7, 0.2], [0.4, 0.3, 0.3]])
    # One-hot predictions 0, 0 (the first of equals), 1, 0.
    expected = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)) / math.log(3)
    assert inter_class_diversity(probs) == pytest.approx(expected, rel=1e-13)
    assert inter_class_diversity(np.log(probs + 1e-3)) == pytest.approx(expected, rel=1e-13)
    assert inter_class_diversity(np.eye(7)) == pytest.approx(1.0, rel=1e-15)
    assert inter_class_diversity(np.tile([0.2, 0.8], (5, 1))) == 0.0


def test_combinations():
    assert diversity_score(0.25, 0.64) == pytest.approx(0.4)
    assert combined_score(0.9, 0.4) == pytest.approx(0.6)
    generator = np.random.default_rng(1)
    images, probs = random_images(5), generator.dirichlet(np.ones(3), 5)
    features, references = generator.normal(size=(5, 2)), generator.normal(size=(9, 2))
    result = quality_diversity(images, probs, features, references, 4.0)
    assert result.quality == pytest.approx(quality_scores(features, references, 4.0).mean())
    assert result.intra_class == pytest.approx(intra_class_diversity(images))
    assert result.inter_class == pytest.approx(inter_class_diversity(probs))
    assert result.diversity == pytest.approx(math.sqrt(result.intra_class * result.inter_class))
    assert result.combined == pytest.approx(math.sqrt(result.quality * result.diversity))
    assert all(isinstance(value, float) for value in vars(result).values())
    how = {"pairs": "distinct", "variant": "progressive_gan", "value_range": (-1.5, 1.5)}
    other = quality_diversity(images, probs, features, references, 4.0, **how)
    assert other.intra_class == pytest.approx(intra_class_diversity(images, **how))
    assert abs(other.intra_class - result.intra_class) > 1e-3


@pytest.mark.parametrize(
    ("features", "references", "alpha", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 3)), 0.0, "`alpha` must be above 0"),
        (np.zeros(3), np.zeros((2, 3)), 1.0, "2 axes"),
        (np.zeros((2, 3)), np.zeros((2, 4)), 1.0, "same number of dimensions"),
        (np.zeros((0, 3)), np.zeros((2, 3)), 1.0, "`features` must be real numbers .* N >= 1"),
        (np.zeros((2, 3)), np.zeros((1, 3)), None, "N >= 2"),
        (np.zeros((2, 3)), np.zeros((0, 3)), 1.0, "`reference_features` must be real .* N >= 1"),
        (np.full((2, 3), np.nan), np.zeros((2, 3)), 1.0, "`features` must be finite"),
        (np.zeros((2, 3)), np.full((2, 3), np.inf), 1.0, "`reference_features` must be finite"),
    ],
)
def test_quality_refuses(features, references, alpha, message):
    with pytest.raises(ValueError, match=message):
        quality_scores(features, references, alpha)


def test_quality_takes_one_alpha():
    with pytest.raises(ValueError, match="only one of `alpha` and `log_alpha`"):
        quality_scores(np.zeros((2, 3)), np.zeros((2, 3)), 1.0, log_alpha=0.0)
    with pytest.raises(ValueError, match="`log_alpha` must be finite"):
        quality_scores(np.zeros((2, 3)), np.zeros((2, 3)), log_alpha=math.inf)


@pytest.mark.parametrize(
    ("probs", "message"),
    [
        (np.zeros(3), "2 axes"),
        (np.zeros((0, 3)), "at least one row and two classes"),
        (np.ones((3, 1)), "two classes"),
        (np.array([[0.5, np.nan]]), "must be finite"),
    ],
)
def test_inter_class_diversity_refuses(probs, message):
    with pytest.raises(ValueError, match=message):
        inter_class_diversity(probs)


def test_the_others_refuse():
    with pytest.raises(ValueError, match="'all', 'distinct'"):
        intra_class_diversity(random_images(), pairs="different")
    with pytest.raises(ValueError, match="at least 2"):
        intra_class_diversity(random_images(1))
    with pytest.raises(ValueError, match=r"`inter_class` must be in \[0, 1\]"):
        diversity_score(0.5, 1.5)
    with pytest.raises(ValueError, match="`quality` must be"):
        combined_score(math.nan, 0.5)
    with pytest.raises(ValueError, match="same images"):
        quality_diversity(random_images(4), np.eye(3), np.zeros((4, 2)), np.zeros((4, 2)), 1.0)
