"""The rule of success by hand, and the scores of real images and of noise."""

import numpy as np
import pytest

from tfgan_suite.metrics.functional.frechet import feature_statistics
from tfgan_suite.runs.spheres.recognition import RecognitionScores, SuccessRule


def probs_of(classes, confidence=0.9, num_classes=4):
    probs = np.full((len(classes), num_classes), (1 - confidence) / (num_classes - 1))
    probs[np.arange(len(classes)), classes] = confidence
    return probs


@pytest.mark.parametrize(
    ("classes", "confidence", "num_found", "success"),
    [
        ([0, 1, 2, 3] * 25, 0.9, 4, 1),
        ([0, 1, 2, 2] * 25, 0.9, 3, 1),
        ([0, 1, 1, 1] * 25, 0.9, 2, 0),  # too few classes
        ([0, 1, 2, 3] * 25, 0.6, 4, 0),  # not sure enough
        ([0] * 98 + [1, 2], 0.9, 1, 0),  # two classes of a share below 2 %
        ([0] * 96 + [1, 1, 2, 2], 0.9, 3, 1),
    ],
)
def test_the_rule_by_hand(classes, confidence, num_found, success):
    scores = SuccessRule(min_confidence=0.8, min_classes=3).judge(probs_of(classes, confidence))
    assert scores == {"confidence": pytest.approx(confidence), "num_classes": num_found, "success": success}


class Brightness:
    """Features: mean of the left and right half; classes: which of them is brighter."""

    def embed(self, images):
        assert images.dtype == np.uint8
        halves = np.stack([images[:, :, :2].mean((1, 2, 3)), images[:, :, 2:].mean((1, 2, 3))], axis=1) / 255.0
        shares = halves / halves.sum(axis=1, keepdims=True)
        return type("Embedding", (), {"features": halves.astype(np.float32), "probs": shares})


def test_scores_of_images_in_the_unit_range():
    random = np.random.default_rng(0)
    images = random.uniform(0.2, 0.4, (400, 4, 4, 1))
    images[:200, :, :2] += 0.6
    images[200:, :, 2:] += 0.6
    real = feature_statistics(Brightness().embed(np.rint(images * 255).astype(np.uint8)).features)
    scores = RecognitionScores(Brightness(), real, SuccessRule(0.6, 2))
    same = scores(images)
    assert same["success"] == 1
    assert same["confidence"] == pytest.approx(0.75, abs=0.03)
    assert same["fid"] == pytest.approx(0, abs=1e-6)
    collapsed = scores(images[:200])
    assert (collapsed["num_classes"], collapsed["success"]) == (1, 0)
    assert collapsed["fid"] > 0.05


@pytest.mark.parametrize("options", [{"min_confidence": 1.5}, {"min_classes": 0}, {"min_share": 0}])
def test_a_rule_that_is_none(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        SuccessRule(**options)
