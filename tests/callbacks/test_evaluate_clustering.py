"""Clusters while training: the scores are those of the metrics on the answers, and come when they should."""

from types import SimpleNamespace

import numpy as np
import pytest

from tfgan_suite.callbacks.evaluate_clustering import EvaluateClustering, clustering_scores
from tfgan_suite.metrics.functional.clustering import clustering_accuracy, normalized_mutual_information
from tfgan_suite.models import MMGAN
from tfgan_suite.models.cluster_classifier import train_cluster_classifier

FREE = {
    "classifier_accuracy", "classifier_confidence", "cluster_information", "cluster_doubt", "smallest_cluster",
    "largest_cluster",
}  # fmt: skip
FEW = {"num_samples_per_cluster": 10, "classifier_steps": 2}


@pytest.fixture(scope="module")
def gan(images):
    gan = MMGAN.for_images(images, num_gaussians=4, num_filters=2, latent_dim=3, mean_range=2.0)
    gan.compile(run_eagerly=True)
    return gan


def test_scores_by_hand():
    """Clusters 1, 1, 0, 0, 0, 0 of classes 0, 0, 0, 1, 1, 1: five of six are right."""
    probs = np.array([[0.0, 1.0]] * 2 + [[1.0, 0.0]] * 4)
    scores = clustering_scores(0.5, probs, np.array([0, 0, 0, 1, 1, 1]))
    entropy = -(np.log(1 / 3) / 3 + np.log(2 / 3) * 2 / 3)  # of the clusters, which are sure
    # I = H(classes) - 1/3 * 0 - 2/3 H(1/4)
    shared = np.log(2) - 2 / 3 * -(np.log(1 / 4) / 4 + np.log(3 / 4) * 3 / 4)
    assert scores == pytest.approx(
        {
            "classifier_accuracy": 0.5,
            "classifier_confidence": 1.0,
            "cluster_information": entropy / np.log(2),
            "cluster_doubt": 1 - entropy / np.log(2),
            "smallest_cluster": 1 / 3,
            "largest_cluster": 2 / 3,
            "clustering_accuracy": 5 / 6,
            "clustering_nmi": shared / np.sqrt(np.log(2) * entropy),
        },
        rel=1e-9,
    )
    assert set(clustering_scores(0.5, probs, None)) == FREE


def test_scores_are_those_of_a_classifier_of_this_model(gan, images):
    evaluate = EvaluateClustering(images.train.images, images.train.labels, 1, **FEW, seed=3)
    evaluate.set_model(gan)
    scores = evaluate.measure()
    classifier = train_cluster_classifier(gan, **FEW, seed=3)
    ids = classifier.predict(images.train.images)
    assert scores.pop("evaluation_sec") > 0
    assert set(scores) == {*FREE, "clustering_accuracy", "clustering_nmi"}
    assert scores["clustering_accuracy"] == clustering_accuracy(images.train.labels, ids)
    assert scores["clustering_nmi"] == normalized_mutual_information(images.train.labels, ids, "geometric")
    assert scores["classifier_accuracy"] == classifier.generated_accuracy


def test_measures_at_its_interval_and_changes_nothing(gan, images):
    evaluate = EvaluateClustering(images.train.images, None, 2, **FEW)
    batches = images.with_labels(None).training_batches(8)
    history = gan.fit(batches, epochs=2, steps_per_epoch=1, callbacks=[evaluate], verbose=0).history
    assert len(history["cluster_information"]) == 1
    assert "clustering_accuracy" not in history
    before = gan.get_weights()
    evaluate.measure()
    for old, new in zip(before, gan.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"every_steps": 0}, "`every_steps` must be above 0"),
        ({"num_samples_per_cluster": 0}, "`num_samples_per_cluster` must be above 0"),
        ({"labels": np.zeros(3, int)}, "`labels` must have one label per image"),
        ({"images": np.zeros((4, 8, 8), np.uint8)}, "`images` must have 4 axes"),
    ],
)
def test_mistakes(arguments, sentence):
    given = {"images": np.zeros((4, 8, 8, 1), np.uint8), "labels": None, "every_steps": 1}
    with pytest.raises(ValueError, match=sentence):
        EvaluateClustering(**{**given, **arguments})


def test_too_few_samples_are_refused_before_the_first_step():
    evaluate = EvaluateClustering(np.zeros((4, 8, 8, 1), np.uint8), None, 1, num_samples_per_cluster=1)
    with pytest.raises(ValueError, match="at least 20 samples in all"):
        evaluate.set_model(SimpleNamespace(prior=SimpleNamespace(num_gaussians=3)))
