"""Measuring a ModNet: scores by hand, the callback's logs, what is refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_suite.callbacks.evaluate_modnet import EvaluateModNet, ModificationScores, modification_scores
from tfgan_suite.core.images import to_uint8
from tfgan_suite.models import GAN, ModNet
from tfgan_suite.networks import small_cnn
from tfgan_suite.networks.with_classifier import with_classifier

NUM_CLASSES, SHAPE = 3, (2, 2, 1)


class ByHand:
    """Images [N, 1, 1, 1]; the classifier sees pixel -1, 0, 1 as class 0, 1, 2, with 0.8 and twice 0.1.

    `modify` succeeds, but for target 2 only with images of class 0.
    """

    num_classes = NUM_CLASSES

    def class_probs(self, images, batch_size):
        seen = np.rint(images[:, 0, 0, 0]).astype(int) + 1
        return np.where(np.eye(3, dtype=bool)[seen], 0.8, 0.1)

    def modify(self, images, target, batch_size):
        results = np.full_like(images, target - 1)
        return np.where((images > -0.5) & (target == 2), images, results)


def pixels(*values):
    return np.array(values, np.float32).reshape(-1, 1, 1, 1)


def test_scores_by_hand():
    """Labels 0, 0, 1, 1, 1, 2; the second image of label 0 looks like a 1."""
    images, labels = pixels(-1, 0, 0, 0, 0, 1), np.array([0, 0, 1, 1, 1, 2])
    scores = modification_scores(ByHand(), images, labels)
    nan = np.nan
    np.testing.assert_array_equal(scores.counts, [2, 3, 1])
    np.testing.assert_allclose(scores.fooling_rates, [[nan, 1, 0.5], [1, nan, 0], [1, 1, nan]])
    np.testing.assert_allclose(scores.rates_before, [[nan, 0.5, 0], [0, nan, 0], [0, 0, nan]])
    # To 1: 1 and 0; to 2: 2 (it fools) and 0 (it does not).
    np.testing.assert_allclose(scores.mean_abs_changes, [[nan, 0.5, 1], [1, nan, 0], [2, 1, nan]])
    np.testing.assert_allclose(scores.target_probs_after, [[nan, 0.8, 0.45], [0.8, nan, 0.1], [0.8, 0.8, nan]])
    np.testing.assert_allclose(scores.target_probs_before, [[nan, 0.45, 0.1], [0.1, nan, 0.1], [0.1, 0.1, nan]])
    np.testing.assert_allclose(scores.label_probs_before, [[nan, 0.45, 0.45], [0.8, nan, 0.8], [0.8, 0.8, nan]])
    np.testing.assert_allclose(scores.label_probs_after, [[nan, 0.1, 0.1], [0.1, nan, 0.8], [0.1, 0.1, nan]])
    # Twelve changed images: 2 + 1 of label 0, 3 + 0 of label 1, 1 + 1 of label 2.
    assert scores.mean("fooling_rates") == pytest.approx(8 / 12)
    assert scores.mean("mean_abs_changes") == pytest.approx((2 * 0.5 + 2 * 1 + 3 * 1 + 2 + 1) / 12)
    assert scores.lowest_fooling_rate() == 0
    np.testing.assert_allclose(scores.by_target("fooling_rates"), [4 / 4, 3 / 3, 1 / 5])
    np.testing.assert_allclose(scores.by_target("mean_abs_changes"), [(3 + 2) / 4, (1 + 1) / 3, 2 / 5])


def test_classes_without_images():
    scores = modification_scores(ByHand(), pixels(-1, -1), np.array([0, 0]))
    nan = np.nan
    np.testing.assert_allclose(scores.fooling_rates, [[nan, 1, 1], [nan] * 3, [nan] * 3])
    np.testing.assert_allclose(scores.by_target("fooling_rates"), [nan, 1, 1])
    assert scores.mean("fooling_rates") == 1


def dense(num_outputs, name):
    images = keras.Input(SHAPE, name="images")
    return keras.Model(images, layers.Dense(num_outputs)(layers.Flatten()(images)), name=name)


@pytest.fixture(scope="module")
def model():
    images, labels = keras.Input(SHAPE, name="images"), keras.Input((), dtype="int32", name="labels")
    x = layers.concatenate([layers.Flatten()(images), layers.Embedding(NUM_CLASSES, 2)(labels)])
    delta = layers.Reshape(SHAPE)(layers.Dense(4, activation="tanh")(x))
    critic = with_classifier(dense(1, "critic"), dense(NUM_CLASSES, "classifier"))
    model = ModNet(keras.Model([images, labels], delta), critic, num_classes=NUM_CLASSES)
    model.compile(run_eagerly=True)
    return model


IMAGES = np.random.default_rng(0).uniform(-1, 1, (12, *SHAPE)).astype(np.float32)
LABELS = np.arange(12) % NUM_CLASSES


def test_logs_at_the_interval_and_nothing_changed(model):
    evaluate = EvaluateModNet(IMAGES, LABELS, 2, batch_size=5)
    labels = LABELS.astype(np.int32)
    history = model.fit(IMAGES, labels, batch_size=2, epochs=2, verbose=0, callbacks=[evaluate]).history
    assert model.num_steps.numpy() == 4
    logged = {key for key in history if key.startswith("test_")}
    assert logged == {f"test_{name}" for name in (
        "fooling_rate", "lowest_fooling_rate", "mean_abs_change", "seen_before", "target_confidence_before",
        "target_confidence_after", "label_confidence_before", "label_confidence_after",
    )}  # fmt: skip
    assert all(len(history[key]) == 2 for key in logged)
    before = model.get_weights()
    measured = evaluate.measure()
    assert measured.pop("evaluation_sec") > 0
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert isinstance(evaluate.scores, ModificationScores)
    expected = modification_scores(model, IMAGES, LABELS)
    assert measured["test_fooling_rate"] == pytest.approx(expected.mean("fooling_rates"))
    probs = model.class_probs(IMAGES)[np.arange(12), LABELS]
    assert measured["test_label_confidence_before"] == pytest.approx(probs.mean(), rel=1e-5)
    results = np.concatenate([model.modify(IMAGES[k != LABELS], k) for k in range(3)])
    sources = np.concatenate([IMAGES[k != LABELS] for k in range(3)])
    assert measured["test_mean_abs_change"] == pytest.approx(np.abs(results - sources).mean(), rel=1e-5)


def test_another_classifier_and_uint8_images(model):
    other = dense(NUM_CLASSES, "other")
    evaluate = EvaluateModNet(to_uint8(IMAGES), LABELS, 1, classifier=other)
    evaluate.set_model(model)
    found = evaluate.measure()
    probs = tf.nn.softmax(other(evaluate.images)).numpy()[np.arange(12), LABELS]
    assert found["test_label_confidence_before"] == pytest.approx(probs.mean(), rel=1e-5)
    own = EvaluateModNet(to_uint8(IMAGES), LABELS, 1)
    own.set_model(model)
    assert own.measure()["test_label_confidence_before"] != found["test_label_confidence_before"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every_steps": 0}, "`every_steps` must be above 0"),
        ({"batch_size": 0}, "`batch_size` must be above 0"),
        ({"labels": None}, "`labels` must have one label per image: without them"),
        ({"labels": LABELS[:5]}, "`labels` must be one label or one per image"),
        ({"labels": LABELS + 1}, r"`labels` must be in \[0, num_classes\).*out_of_range=\[3\]"),
        ({"images": IMAGES[:, :1]}, "`images` must have the shape"),
        ({"images": IMAGES * 100}, r"`images` must be in \[-1, 1\]"),
        ({"classifier": small_cnn((4, 4, 1), NUM_CLASSES)}, "`classifier` must take images of the shape"),
        ({"classifier": dense(5, "five")}, "`classifier` must make one logit per class"),
        ({"classifier": "a file"}, r"`classifier` must be a `keras\.Model` or a `TrainedClassifier`"),
    ],
)
def test_errors(model, arguments, message):
    given = {"images": IMAGES, "labels": LABELS, "every_steps": 1, **arguments}
    with pytest.raises(ValueError, match=message):
        EvaluateModNet(**given).set_model(model)


def test_it_is_for_a_modnet():
    generator = keras.Sequential([keras.Input((2,)), layers.Dense(4), layers.Reshape(SHAPE)])
    with pytest.raises(ValueError, match=r"`EvaluateModNet` is for a `ModNet`.*model='GAN'"):
        EvaluateModNet(IMAGES, LABELS, 1).set_model(GAN(generator, dense(1, "critic")))
