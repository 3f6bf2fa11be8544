"""TensorFlow Datasets, by small data sets that this file makes: no network is used."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tfgan_suite.data import load_images

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (7, 6, 5, 3), np.uint8)


class Prepared(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.2.3")
    SHAPE = (6, 5, 3)
    SPLITS = ("train", "test")

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {"image": tfds.features.Image(shape=self.SHAPE), "label": tfds.features.ClassLabel(names=["ox", "bee"])}
            )
        )

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples() for split in self.SPLITS}

    def _generate_examples(self):
        for index in range(7):
            yield index, {"image": self.image(index), "label": index % 2}

    def image(self, index):
        return PIXELS[index]


class TinyEqual(Prepared):
    pass


class TinyDifferent(Prepared):
    SHAPE = (None, None, 3)
    SPLITS = ("train", "validation")

    def image(self, index):
        return PIXELS[index, : 3 + index % 3]


class TinyTestOnly(Prepared):
    SPLITS = ("test",)


class TinyUnreachable(Prepared):
    def _split_generators(self, dl_manager):
        raise ConnectionError("Max retries exceeded")


class TinyText(Prepared):
    def _info(self):
        return self.dataset_info_from_configs(features=tfds.features.FeaturesDict({"text": tfds.features.Text()}))

    def _generate_examples(self):
        yield 0, {"text": "none"}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("tfds")


def test_prepares_then_loads_without_downloading(data_dir, caplog):
    with pytest.raises(ValueError, match=r"downloading is switched off.*Point `data_dir` at"):
        load_images("tiny_equal", data_dir=data_dir, download=False)
    prepared = load_images("tiny_equal", data_dir=data_dir)
    assert "downloading it" in caplog.text
    images = load_images("tiny_equal:1.2.3", data_dir=data_dir, download=False)
    assert images.content_hash() == prepared.content_hash()
    assert (images.name, images.class_names, images.resize) == ("tiny_equal/1.2.3", ("ox", "bee"), "none")
    assert (len(images.train), len(images.test)) == (7, 7)
    for split in (images.train, images.test):
        order = [int(np.flatnonzero((image == PIXELS).all((1, 2, 3)))[0]) for image in split.images]
        assert sorted(order) == list(range(7))
        np.testing.assert_array_equal(split.labels, np.array(order) % 2)
    assert load_images("tiny_equal", data_dir=data_dir, image_size=4, channels=1).image_shape == (4, 4, 1)


def test_images_of_different_sizes(data_dir):
    images = load_images("tiny_different", data_dir=data_dir, image_size=3)
    assert images.image_shape == (3, 3, 3)
    assert len(images.test) == 7
    assert "3x3" in images.resize
    smallest = images.train.images[[(PIXELS[0, :3, 1:4] == image).all() for image in images.train.images]]
    assert len(smallest) == 1
    with pytest.raises(ValueError, match="`image_size` must be given: the images of 'tiny_different' differ in size"):
        load_images("tiny_different", data_dir=data_dir)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cifar11", "nor a data set that TensorFlow Datasets knows. Did you mean 'cifar10"),
        ("xqzqxq", "nor a data set that TensorFlow Datasets knows.$"),
        ("tiny_equal:9.9.9", "TFDS cannot load 'tiny_equal:9.9.9': .*1.2.3"),
        ("tiny_equal/other", "TFDS cannot load 'tiny_equal/other'"),
        ("tiny_unreachable", "could not be downloaded .ConnectionError: Max retries exceeded.*Connect to a network"),
        ("tiny_test_only", r"must have a split 'train'. Received: splits=\['test'\]"),
        ("tiny_text", "must have 8-bit images"),
    ],
)
def test_errors(data_dir, name, message):
    with pytest.raises(ValueError, match=message):
        load_images(name, data_dir=data_dir)


def test_full_disk_is_passed_on(data_dir, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TinyUnreachable, "_split_generators", fail)
    with pytest.raises(OSError, match="No space left"):
        load_images("tiny_unreachable", data_dir=data_dir)
