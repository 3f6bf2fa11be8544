"""Nearest training images of generated and of changed images: the study, its sentences and its pictures."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.functional.memorisation import NearestImages, TrainingPreference, nearest_training_images
from tfgan_suite.runs.modnet import memorization_pictures as pictures
from tfgan_suite.runs.modnet import memorization_report as parts
from tfgan_suite.runs.modnet import memorization_study as study

NUM_CLASSES = 3


def random_images(seed, count):
    return np.random.default_rng(seed).integers(0, 256, (count, 6, 6, 1), np.uint8)


def nearest(distances, indices=None):
    distances = np.asarray(distances, np.float64)
    indices = np.arange(len(distances)) if indices is None else np.asarray(indices)
    return NearestImages(indices[:, None], distances[:, None])


class Darker:
    """Changes an image towards a target by as many grey levels as its label is; the first target copies image 0."""

    num_classes = NUM_CLASSES

    def __init__(self, training):
        self.training = training

    def modify(self, images, targets):
        changed = np.clip(images - np.asarray(targets)[:, None, None, None] / 127.5, -1, 1)
        return np.where(np.asarray(targets)[:, None, None, None] == 0, to_float(self.training[:1]), changed)


@pytest.fixture(scope="module")
def training():
    return random_images(0, 60), np.arange(60) % NUM_CLASSES


@pytest.fixture(scope="module")
def changed(training):
    return study.change_towards_others(Darker(training[0]), *training, num_sources=13, seed=0)


def test_nearness_is_that_of_the_metrics_and_is_kept(training, tmp_path):
    generated, test = random_images(1, 12), random_images(2, 20)
    how = {"num_neighbors": 2, "seed": 0, "keep_in": tmp_path / "nearest.npz"}
    found = study.measure_nearness(generated, training[0], test, **how)
    expected = nearest_training_images(generated, training[0], 2)
    np.testing.assert_array_equal(found.generated.indices, expected.indices)
    np.testing.assert_array_equal(found.test.distances, nearest_training_images(test, training[0]).distances)
    assert found.num_even == 20
    again = study.measure_nearness(random_images(3, 12), training[0], test, **how)  # read, not computed
    np.testing.assert_array_equal(again.generated.distances, expected.distances)
    assert again.preference == found.preference


def test_copies_prefer_training_images(training, tmp_path):
    found = study.measure_nearness(
        training[0][:20], training[0], random_images(2, 60), num_neighbors=1, seed=0, keep_in=tmp_path / "nearest.npz"
    )
    assert found.preference.fraction == 1.0
    assert [share.verdict for share in parts.shares_of(found)] == ["more"] * 5


def test_every_source_goes_to_every_other_class_evenly(changed, training):
    assert len(changed.images) == 12 * 2  # floor(13 / 3) sources of each class, two other classes
    assert len(np.unique(changed.source_indices)) == 12
    np.testing.assert_array_equal(changed.labels, training[1][changed.source_indices])
    assert (changed.labels != changed.targets).all()
    pairs, counts = np.unique(np.stack([changed.labels, changed.targets], 1), axis=0, return_counts=True)
    assert len(pairs) == 6
    assert set(counts) == {4}
    with pytest.raises(ValueError, match="`num_sources` must be at least the number of classes"):
        study.change_towards_others(Darker(training[0]), *training, num_sources=2, seed=0)


def test_own_sources_by_hand(changed, training, tmp_path):
    """All results towards class 0 are image 0, of class 0; all others are a little darker than their source."""
    found = study.own_sources(
        changed, nearest_training_images(changed.images, training[0]), *training, seed=0, keep_in=tmp_path / "noise.npz"
    )
    copied = changed.targets == 0
    np.testing.assert_array_equal(found.own, ~copied | (changed.source_indices == 0))
    np.testing.assert_array_equal(found.other_of_target, copied)
    assert not found.other_of_label.any()
    assert found.own_with_noise[~copied].all()
    darker = (changed.targets == 2) & (training[0][changed.source_indices].min(axis=(1, 2, 3)) >= 2)
    np.testing.assert_allclose(found.change_norms[darker], 2 * 6)  # 36 pixels by 2
    np.testing.assert_allclose(found.mean_abs_changes[darker], 2)
    matrix = study.by_pair(found.own, changed, NUM_CLASSES)
    assert np.isnan(np.diag(matrix)).all()
    np.testing.assert_array_equal(matrix[:, 1:][~np.isnan(matrix[:, 1:])], 1)
    np.testing.assert_array_equal(matrix[1:, 0], 0)


def test_an_equal_training_image_is_the_source(training, tmp_path):
    images = training[0].copy()
    images[40] = images[3]
    np.testing.assert_array_equal(np.flatnonzero(study.first_of_equal(images) != np.arange(60)), [40])
    one = study.Changed(np.array([40]), np.array([1]), np.array([2]), images[40:41])
    found = study.own_sources(
        one, nearest_training_images(images[40:41], images), images, training[1], seed=0, keep_in=tmp_path / "noise.npz"
    )
    assert found.own.all()
    assert found.change_norms[0] == 0


def test_noise_has_the_norm_that_is_asked_for():
    """Rounding adds some 0.29 per pixel; images at the bounds, where noise is clipped, get it as well."""
    images = np.concatenate([np.zeros((4, 20, 20, 1), np.uint8), np.full((4, 20, 20, 1), 128, np.uint8)])
    norms = np.array([0, 100, 500, 2000] * 2)
    noisy = study.noise_of_norm(images, norms, seed=0)
    found = np.sqrt(((noisy.astype(float) - images) ** 2).sum(axis=(1, 2, 3)))
    np.testing.assert_allclose(found, norms, atol=8)
    np.testing.assert_array_equal(noisy[0], images[0])


# --- sentences -------------------------------------------------------------------------------------------------------


def nearness(own, test, preference=(0.5, 0.05)):
    return study.Nearness(nearest(own), nearest(test), TrainingPreference(*preference), 100)


def test_shares_by_hand():
    """Of test distances 1 to 100 the 1 % quantile is 1.99; half of the generated images are below it."""
    found = parts.shares_of(nearness(np.repeat([0.0, 200.0], 50), np.arange(1.0, 101.0), (0.8, 0.1)))
    assert [share.value for share in found] == [0.5, 0.5, 0.5, 0.5, 0.8]
    assert [share.expected for share in found] == [0.01, 0.1, 0.5, 0.5, 0.5]
    assert found[0].standard_error == pytest.approx(np.sqrt(0.01 * 0.99 * 0.02))
    assert found[3].standard_error == pytest.approx(np.sqrt(201 / 120_000))
    assert [share.verdict for share in found] == ["more", "more", "as new images", "as new images", "more"]


def test_findings_in_words():
    found = parts.findings(nearness(np.repeat([0.0, 200.0], 50), np.arange(1.0, 101.0), (0.8, 0.1)))
    assert found == (
        "Of 100 generated images 50.00% are nearer to a training image than 99% of the test images are: more than of "
        "new real images (1% ± 1.41%). 80.0% are nearer to one of 100 training images than to any of as many test "
        "images, more than without memorisation (50% ± 10.0%). 50 are a copy of a training image to the last bit."
    )
    found = parts.findings(nearness(np.arange(1.0, 101.0), np.arange(1.0, 101.0)))
    assert "no more and no fewer than of new real images" in found
    assert found.endswith("None is a copy of a training image to the last bit.")


def own(shares, num=100):
    """OwnSources with shares of (own, with noise, other of the target)."""
    rows = [np.arange(num) < share * num for share in shares]
    return study.OwnSources(*rows, ~rows[0] & ~rows[2], np.full(num, 7.0), np.full(num, 2.0), np.full(num, 3.0))


def changed_of(source_indices):
    """Changed with these sources."""
    nothing = np.zeros(len(source_indices), np.int64)
    return study.Changed(np.asarray(source_indices), nothing, nothing, nothing)


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((1.0, 1.0, 0.0), ("100.00% have", "all have, holds.", "100.00% have: as many, so that")),
        ((0.9, 0.93, 0.1), ("all have, does not hold to the last image", "10.00% are nearest to another", ": as many")),
        ((0.5, 0.97, 0.1), ("97.00% have: more, so that the changes do lead towards other training images",)),
        ((0.9, 0.5, 0.0), ("50.00% have: fewer, so that the changes stay nearer", "over 100 sources")),
    ],
)
def test_own_findings_compare_with_the_control(shares, words):
    found = parts.own_findings(own(shares), changed_of(np.arange(100)))
    assert all(each in found for each in words), found


def test_results_of_one_source_count_as_one():
    """Of ten sources with ten results each, two lead astray with all of theirs: 0.2 ± sqrt(0.2 * 0.8 / 9)."""
    found = own((0.8, 1.0, 0.2))
    difference, error = parts.difference_of(found, changed_of(np.arange(100) // 10))
    assert difference == pytest.approx(-0.2)
    assert error == pytest.approx(np.sqrt(0.16 / 9))
    words = parts.own_findings(found, changed_of(np.arange(100) // 10))
    assert words.endswith("(difference -20.00 ± 13.33 points, paired over 10 sources).")
    assert "100.00% have: as many" in words
    assert "100.00% have: more" in parts.own_findings(found, changed_of(np.arange(100)))
    assert "100.00% have: as many" in parts.own_findings(found, changed_of(np.zeros(100, int)))  # cannot be told


def test_tables_and_numbers(changed, training):
    near = nearness(np.arange(1.0, 25.0), np.arange(1.0, 101.0))
    table = parts.own_table(own((1.0, 0.5, 0.25)))
    assert table.rows[1] == ["changed images", "100.00%", "25.00%", "0.00%", 7.0, 2.0]
    assert table.rows[2] == ["their sources with noise of the same norm", "50.00%", None, None, 7.0, 3.0]
    found = own((0.5, 1.0, 0.0), num=len(changed.labels))
    pairs = parts.pairs_table(found, changed, "abc")
    assert len(pairs.rows) == 6
    assert pairs.rows[0][1] == "0.0%"
    assert {row[2] for row in pairs.rows} == {"100.0%"}
    assert [row[0] for row in parts.distances_table(near).rows] == ["generated", "test"]
    assert len(parts.shares_table(near).rows) == 6
    assert "Verdict" in parts.shares_table(near).columns
    of_modnet = parts.shares_table(near, independent=False)
    assert of_modnet.columns == ("Share of the generated images", "This run", "Expected")
    assert {len(row) for row in of_modnet.rows} == {3}
    numbers = parts.numbers_of(near, found)
    assert numbers["own_source"] == 0.5
    assert numbers["num_copies"] == 0
    assert set(parts.numbers_of(near, None)) - set(numbers) == {"training_preference_error"}
    assert [len(parts.key_numbers(near, each)) for each in (None, found)] == [2, 4]


# --- pictures --------------------------------------------------------------------------------------------------------


def test_the_nearest_images_and_random_ones_are_shown():
    distances = np.random.default_rng(0).permutation(100) / 1.0
    rows = pictures.chosen_rows(distances, seed=0)
    np.testing.assert_array_equal(distances[rows["nearest"]], np.arange(8))
    assert len(set(rows["random"])) == 8


def test_pictures_are_written(training, changed, tmp_path):
    found = study.measure_nearness(
        changed.images, training[0], random_images(2, 20), num_neighbors=2, seed=0, keep_in=tmp_path / "nearest.npz"
    )
    sources = study.own_sources(changed, found.generated, *training, seed=0, keep_in=tmp_path / "noise.npz")
    drawn = [
        *pictures.draw_figures(tmp_path, found),
        pictures.draw_own(tmp_path, sources, changed, "abc"),
        *pictures.draw_neighbours(tmp_path, changed.images, training[0], found, seed=0),
        *pictures.draw_changed(tmp_path, changed, sources, found, training[0], "abc", seed=0),
    ]
    assert [picture.path.stem for picture in drawn] == [
        *("distances", "own_sources", "neighbours_nearest", "neighbours_random", "changed_random", "changed_astray"),
    ]
    for picture in drawn:
        with Image.open(picture.path) as opened:
            assert min(opened.size) > 200
    none_astray = dataclasses.replace(sources, own=np.ones_like(sources.own))
    few = pictures.draw_changed(tmp_path, changed, none_astray, found, training[0], "abc", seed=0)
    assert [picture.path.stem for picture in few] == ["changed_random"]


def test_rows_of_images_need_an_image_for_each_head(tmp_path):
    image = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match="must have an image for each head"):
        pictures.draw_rows(tmp_path / "a.png", ("a", "b"), [[(image, "")]])
    with pytest.raises(ValueError, match="`rows` must hold at least one row"):
        pictures.draw_rows(tmp_path / "a.png", ("a", "b"), [])
