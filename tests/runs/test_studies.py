import json

import numpy as np
import pytest

from tfgan_suite.data.corruption import blur, gaussian_noise
from tfgan_suite.metrics.embedders import PixelEmbedder
from tfgan_suite.runs import studies


def test_rows_are_found_again(tmp_path, capsys):
    path = tmp_path / "metrics.jsonl"
    rows = studies.Rows(path, "kind", "level")
    assert rows.all == []
    rows.add({"kind": "blur", "level": 0.5, "ddm": 1.23456789})
    rows.add({"kind": "blur", "level": 1, "ddm": 2.0})
    assert capsys.readouterr().out == "kind blur, level 0.5, ddm 1.2346\nkind blur, level 1, ddm 2\n"
    assert [json.loads(line) for line in path.read_text().splitlines()] == rows.all
    again = studies.Rows(path, "kind", "level")
    assert again.find("blur", 1.0)["ddm"] == 2.0
    assert again.find("blur", 2) is None
    assert again.find("noise", 1) is None


def test_draw_is_without_repetition_and_by_the_seed():
    assert studies.draw(4, None, 0, "n").tolist() == [0, 1, 2, 3]
    first = studies.draw(100, 30, 0, "n")
    assert len(set(first.tolist())) == 30
    assert first.tolist() == sorted(first.tolist())
    assert first.tolist() == studies.draw(100, 30, 0, "n").tolist()
    assert first.tolist() != studies.draw(100, 30, 1, "n").tolist()
    for number in (0, 101):
        with pytest.raises(ValueError, match=r"`n` must be in \[1, images there are\]"):
            studies.draw(100, number, 0, "n")


def test_split_of_keeps_images_and_labels_together(images):
    rows = np.array([3, 10, 11])
    part = studies.split_of(images.train, rows)
    np.testing.assert_array_equal(part.images, images.train.images[rows])
    np.testing.assert_array_equal(part.labels, images.train.labels[rows])
    assert studies.split_of(images.train, np.arange(48)) is images.train


def test_load_split_images_draws_from_both_splits():
    settings = studies.StudySettings(dataset="digits", num_train_images=50, num_test_images=20, seed=3)
    images = studies.load_split_images(settings)
    assert (len(images.train), len(images.test)) == (50, 20)
    assert len(images.train.labels) == 50


@pytest.mark.parametrize("values", [(1,), (2, 1), (1, 1), (0, 1), (1, float("nan")), (1, float("inf"))])
def test_values_that_make_no_curve_are_refused(values):
    with pytest.raises(ValueError, match="`levels` must be at least two growing numbers above 0"):
        studies.require_growing(levels=values)
    studies.require_growing(levels=(0.5, 1))


def test_candidate_sets(images):
    pixels = images.train.images
    sets = studies.candidate_sets(pixels, noise_stddevs=(8, 16), blur_stddevs_px=(0.5,), num_repeated=(2, 10), seed=1)
    assert list(sets) == [
        *("training images", "Gaussian noise 8", "Gaussian noise 16", "blur 0.5 px"),
        *("2 images repeated", "10 images repeated"),
    ]
    np.testing.assert_array_equal(sets["training images"](), pixels)
    np.testing.assert_array_equal(sets["Gaussian noise 16"](), gaussian_noise(pixels, 16, seed=1))
    np.testing.assert_array_equal(sets["blur 0.5 px"](), blur(pixels, 0.5))
    np.testing.assert_array_equal(sets["2 images repeated"](), pixels[:2])


def test_ranks_share_places():
    assert studies.ranks([3.0, 1.0, 2.0, 1.0]) == [4, 1, 3, 1]
    assert studies.ranks([3.0, 1.0, 2.0], higher_is_better=True) == [1, 3, 2]


@pytest.mark.parametrize(("items", "text"), [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_in_words(items, text):
    assert studies.in_words(list(items)) == text


def test_an_embedder_without_classes_has_no_inception_score():
    with pytest.raises(ValueError, match="must give class probabilities for the Inception score"):
        studies.require_probs(PixelEmbedder((8, 8, 1)))


def test_estimated_seconds_grow_with_the_work(images):
    embedder = PixelEmbedder((8, 8, 1))
    seconds = studies.seconds_of(images.train.images, embedder, num_embedded=1e6, num_pairs=1e9)
    assert all(value > 0 for value in seconds)
    assert studies.seconds_of(images.train.images, embedder, num_embedded=0, num_pairs=0) == (0, 0)
