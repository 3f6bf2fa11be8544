"""What a ModNet does to a classifier: sizes, maps, examples and words, by hand."""

import dataclasses
import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from tfgan_suite.callbacks.evaluate_modnet import ModificationScores
from tfgan_suite.data import Images, Split
from tfgan_suite.models import ModNet
from tfgan_suite.networks.with_classifier import with_classifier
from tfgan_suite.runs.modnet import interpretation_report
from tfgan_suite.runs.modnet.interpretation import (
    GRADIENT_SIGN,
    MEAN_ITSELF,
    MODNET,
    SIZE_FACTORS,
    TOWARDS_MEAN,
    Examples,
    Interpretation,
    Modifier,
    changed_examples,
    classifier_is_as_given,
    few_test_images,
    interpret,
)
from tfgan_suite.runs.modnet.pictures import draw_maps, draw_matrix, draw_pairs, draw_triples

SHAPE, NUM_CLASSES = (2, 1, 1), 2


@pytest.fixture
def classifier():
    """Sees class 1 where the first pixel is above 0; the second pixel is of no account."""
    images = keras.Input(SHAPE, name="images")
    model = keras.Model(images, layers.Dense(2, use_bias=False)(layers.Flatten()(images)))
    model.set_weights([np.array([[-9.0, 9.0], [0.0, 0.0]], np.float32)])
    return model


def grey(*levels):
    """uint8 [N, 2, 1, 1]; the second pixel is in the middle, 128."""
    return np.array([[level, 128] for level in levels], np.uint8).reshape(-1, *SHAPE)


@pytest.fixture
def images():
    """Class 0 is dark in the first pixel, class 1 is bright; the third test image is taken for the other class."""
    train = Split(grey(0, 51, 204, 255), np.array([0, 0, 1, 1]))
    return Images("greys", train, Split(grey(26, 230, 153), np.array([0, 1, 0])), ("dark", "bright"))


class Pusher:
    """Moves the first pixel by 0.5 towards the target; its own classifier is frozen."""

    has_frozen_classifier = True
    num_classes = NUM_CLASSES

    def modify(self, sources, targets, batch_size=250):
        moves = np.zeros_like(sources)
        moves[:, 0, 0, 0] = np.where(np.broadcast_to(targets, len(sources)) == 1, 0.5, -0.5)
        return np.clip(sources + moves, -1, 1)


def test_a_modifier_remembers_sizes_and_maps():
    modifier = Modifier(2, lambda images, target, batch_size: images + np.array([0.2, -0.4]).reshape(1, 2, 1, 1))
    sources = np.zeros((3, *SHAPE), np.float32)
    modifier.modify(sources, 1, 250)
    np.testing.assert_allclose(modifier.sizes[1], [0.3] * 3)
    np.testing.assert_allclose(modifier.maps[1], [[0.2], [0.4]])


def test_interpretation_by_hand(images, classifier):
    """First pixels -0.796, 0.804, 0.2 (labels 0, 1, 0), each moved by 0.5; means -0.8 and 0.8 of the classes."""
    found = interpret(Pusher(), images, classifier, few=np.array([0, 1]))
    scores = found.scores
    assert list(scores) == [MODNET, TOWARDS_MEAN, GRADIENT_SIGN, MEAN_ITSELF]
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.own_fooling_rate is None
    # Only the image that was taken for the other class before is seen as its target.
    np.testing.assert_allclose(scores[MODNET].fooling_rates, [[np.nan, 0.5], [0, np.nan]])
    np.testing.assert_allclose(scores[MODNET].mean_abs_changes, [[np.nan, 0.25], [0.25, np.nan]])
    for way in (TOWARDS_MEAN, GRADIENT_SIGN):
        np.testing.assert_allclose(scores[way].mean_abs_changes, [[np.nan, 0.25], [0.25, np.nan]], atol=1e-6)
        np.testing.assert_allclose(scores[way].fooling_rates, [[np.nan, 0.5], [0, np.nan]])
    np.testing.assert_allclose(scores[MEAN_ITSELF].fooling_rates, [[np.nan, 1], [1, np.nan]])
    np.testing.assert_allclose(found.maps, [[[0.5], [0]], [[0.5], [0]]], atol=1e-6)
    # The first two images at multiples of 0.25: the first pixel crosses 0 from 1.6 times on.
    for way in (TOWARDS_MEAN, GRADIENT_SIGN):
        sizes, rates = zip(*found.by_size[way], strict=True)
        np.testing.assert_allclose(sizes, 0.25 * np.array(SIZE_FACTORS), atol=1e-6)
        np.testing.assert_allclose(rates, [float(factor > 1.6) for factor in SIZE_FACTORS])
    # Of the same two images, none of which ModNet's change fools; of all three it fools one.
    assert found.by_size[MODNET] == [(pytest.approx(0.25), 0.0)]
    assert scores[MODNET].mean("fooling_rates") == pytest.approx(1 / 3)


def test_few_test_images_are_drawn_evenly_over_the_classes():
    """Of a folder that lists one class after the other."""
    greys = Split(np.zeros((60, *SHAPE), np.uint8), np.repeat([0, 1], [40, 20]))
    images = Images("greys", greys, greys, ("dark", "bright"))

    def drawn(number, seed=0):
        return few_test_images(SimpleNamespace(num_measured_images=number, seed=seed), images)

    assert np.bincount(greys.labels[drawn(20)]).tolist() == [10, 10]
    assert set(drawn(20)) == set(drawn(20)) != set(drawn(20, seed=1))
    assert sorted(drawn(1_000)) == list(range(60))


def test_numbers_are_written_as_json(tmp_path, images, classifier):
    interpret(Pusher(), images, classifier, few=np.array([0])).write(tmp_path / "scores.json")
    stored = json.loads((tmp_path / "scores.json").read_text())
    assert stored["scores"][MODNET]["fooling_rates"] == [[None, 0.5], [0.0, None]]
    assert stored["scores"][MODNET]["counts"] == [2, 1]
    assert len(stored["by_size"][GRADIENT_SIGN]) == len(SIZE_FACTORS)


def test_examples_are_those_that_the_classifier_is_right_about(images, classifier):
    examples = changed_examples(Pusher(), images, classifier, num_classes=2, per_class=5)
    assert examples.labels.tolist() == [0, 0, 1, 1]
    assert examples.targets.tolist() == [0, 1, 0, 1]
    assert examples.images.tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(examples.sizes, [0, 0.25, 0.25, 0], atol=1e-6)
    np.testing.assert_array_equal(examples.results[0], examples.sources[0])
    assert (examples.target_probs[[0, 3]] > 0.99).all()
    assert (examples.target_probs[[1, 2]] < 0.01).all()


def test_a_frozen_classifier_that_changed_is_noticed(classifier):
    generator_inputs = [keras.Input(SHAPE, name="images"), keras.Input((), dtype="int32", name="labels")]
    x = layers.concatenate([layers.Flatten()(generator_inputs[0]), layers.Embedding(2, 2)(generator_inputs[1])])
    generator = keras.Model(generator_inputs, layers.Reshape(SHAPE)(layers.Dense(2, activation="tanh")(x)))
    critic_input = keras.Input(SHAPE, name="images")
    critic = keras.Model(critic_input, layers.Dense(1)(layers.Flatten()(critic_input)))
    modnet = ModNet(generator, with_classifier(critic, classifier), num_classes=2)
    assert classifier_is_as_given(modnet, classifier)
    classifier.set_weights([weight + np.float32(1e-7) for weight in classifier.get_weights()])
    assert not classifier_is_as_given(modnet, classifier)
    with pytest.raises(ValueError, match="must have a frozen classifier"):
        classifier_is_as_given(SimpleNamespace(discriminator=critic), classifier)


def scores_of(fooling_rates, counts=(2, 1)):
    rates = np.array(fooling_rates, np.float64)
    return ModificationScores(np.array(counts), *(rates,) * 7)


NAN = np.nan


def interpretation(modnet, mean, sign):
    ways = {MODNET: modnet, TOWARDS_MEAN: mean, GRADIENT_SIGN: sign}
    scores = {way: scores_of([[NAN, rate], [rate, NAN]]) for way, rate in ways.items()}
    return Interpretation(scores, np.zeros((2, 1, 1)), {}, 0.99, None, 0)


def test_claims_follow_the_numbers():
    ahead = interpretation_report.claims(interpretation(0.9, 0.2, 0.3), unchanged=True)
    assert "90.0% of the changed test images" in ahead
    assert "ModNet is ahead of both, by 60.0 points of the better one" in ahead
    assert "equal, bit for bit" in ahead
    behind = interpretation_report.claims(interpretation(0.2, 0.2, 0.3), unchanged=False)
    assert f"ModNet is not ahead of the {GRADIENT_SIGN}" in behind
    assert "IT HAS CHANGED" in behind
    own = dataclasses.replace(interpretation(0.2, 0.1, 0.1), own_fooling_rate=0.5)
    assert "own classifier sees the target in 50.0%" in interpretation_report.claims(own, unchanged=None)


def test_ways_of_another_size_stand_apart():
    found = interpretation(0.9, 0.2, 0.3)
    found = dataclasses.replace(found, scores={**found.scores, MEAN_ITSELF: scores_of([[NAN, 1.0], [1.0, NAN]])})
    same, other = interpretation_report.ways_tables(found)
    assert [row[0] for row in same.rows] == [MODNET, TOWARDS_MEAN, GRADIENT_SIGN]
    assert [row[0] for row in other.rows] == [MEAN_ITSELF, "no change"]
    assert [row[1] for row in (*same.rows, *other.rows)] == [0.9, 0.2, 0.3, 1.0, 0.9]


def examples_of(labels, targets, sizes, target_probs):
    count = len(labels)
    sources = np.zeros((count, *SHAPE), np.float32)
    results = sources + np.array(sizes, np.float32).reshape(-1, 1, 1, 1)
    return Examples(sources, results, *map(np.array, (labels, targets, target_probs)), np.zeros(count, np.int64))


def test_chosen_rows_are_sure_and_of_different_pairs():
    examples = examples_of(
        [0, 0, 0, 1, 1], [1, 1, 0, 0, 0], sizes=[0.3, 0.1, 0.0, 0.2, 0.5], target_probs=[0.95, 0.99, 1.0, 0.92, 0.4]
    )
    chosen = {name: rows.tolist() for name, (rows, _) in interpretation_report.chosen_rows(examples).items()}
    assert chosen == {"smallest": [1, 3], "largest": [0, 3], "least": [4, 0]}
    unsure = dataclasses.replace(examples, target_probs=np.full(5, 0.1))
    assert list(interpretation_report.chosen_rows(unsure)) == ["least"]


def test_pictures_have_a_place_for_every_image(tmp_path):
    examples = examples_of([0, 0, 1, 1], [0, 1, 0, 1], sizes=[0, 0.5, -0.25, 0], target_probs=[1, 1, 1, 1])
    assert draw_matrix(tmp_path / "matrix.png", examples) == 0.5
    scale = 28  # 2 pixels to 56
    drawn = np.asarray(Image.open(tmp_path / "matrix.png"))
    assert drawn.shape == (scale * (2 * 2 + 2), scale * (5 * 1 + 4 * 2))
    # First row: results 0 and 0.5, a white gap, changes 0 (grey) and the largest (white).
    first = drawn[0, :: scale * 3]
    assert first.tolist() == [128, 191, 255, 128, 255]
    assert drawn[-1, scale * 9] == 64  # -0.25 is half of the way to black
    draw_triples(tmp_path / "triples.png", examples.take(np.array([1, 2, 1, 2, 1])))
    assert Image.open(tmp_path / "triples.png").size == (scale * (15 + 14 * 2), scale * 6)


def test_mistakes_in_figures(tmp_path):
    with pytest.raises(ValueError, match="at least one heat map"):
        draw_pairs(tmp_path / "a.png", {}, ["a"])
    with pytest.raises(ValueError, match=r"must be \[K, K\]"):
        draw_pairs(tmp_path / "a.png", {"rates": np.zeros((2, 3))}, ["a", "b"])
    with pytest.raises(ValueError, match=r"must be \[K, H, W\]"):
        draw_maps(tmp_path / "a.png", np.zeros((2, 3, 3)), ["a"])
    draw_pairs(tmp_path / "many.png", {"rates": np.full((30, 30), np.nan)}, list(map(str, range(30))))
    assert (tmp_path / "many.png").exists()
