"""Pictures of real beside generated images: which image stands where."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_suite.core.images import to_float
from tfgan_suite.data import load_images
from tfgan_suite.runs.reports.sample_pictures import PER_ROW, SCALE, draw_by_confidence, draw_clusters

SIZE = 4


def values_of(path, num_rows):
    """The grey value of each image in the picture: [num_rows, 2 * PER_ROW + 1]."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture)
    step = SCALE * (SIZE + 2)
    grid = pixels[::step, ::step]
    assert grid.shape == (num_rows, 2 * PER_ROW + 1)
    return grid


def flat_images(values):
    return np.broadcast_to(np.asarray(values, np.uint8)[:, None, None, None], (len(values), SIZE, SIZE, 1)).copy()


def test_the_surest_of_each_class_come_first(tmp_path):
    real, fake = np.arange(20), np.arange(100, 130)
    real_probs = np.stack([real / 20, 1 - real / 20], axis=1)
    fake_probs = np.stack([1 - fake / 130, fake / 130], axis=1)
    draw_by_confidence(tmp_path / "c.png", flat_images(real), real_probs, flat_images(fake), fake_probs)
    shown = values_of(tmp_path / "c.png", 2)
    np.testing.assert_array_equal(shown[0], [*range(19, 11, -1), 255, *range(100, 108)])
    np.testing.assert_array_equal(shown[1], [*range(8), 255, *range(129, 121, -1)])


def test_too_few_images_are_told(tmp_path):
    few, probs = flat_images(range(3)), np.ones((3, 1))
    with pytest.raises(ValueError, match="`fake_uint8` must hold at least 8 images"):
        draw_by_confidence(tmp_path / "c.png", flat_images(range(9)), np.ones((9, 1)), few, probs)


class Painter:
    """Stands for a GAN whose generated images have the grey value of their label."""

    def __init__(self, labels, num_classes):
        self.example_labels = tf.Variable(labels)
        self.num_classes = num_classes

    def sample(self, num_samples, label, seed):
        return to_float(flat_images([label] * num_samples))


def test_rows_are_the_largest_clusters_and_empty_ones_are_left_out(tmp_path):
    labels = np.repeat([2, 0, 3], [6, 4, 2])
    images = load_images(flat_images(10 * labels))
    draw_clusters(tmp_path / "c.png", Painter(labels, num_classes=5), images)
    shown = values_of(tmp_path / "c.png", 3)
    expected = [[10 * label] * PER_ROW + [255] + [label] * PER_ROW for label in (2, 0, 3)]
    np.testing.assert_array_equal(shown, expected)
