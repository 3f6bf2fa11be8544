"""Images by their name in TensorFlow Datasets, which is imported only when it is used: that takes seconds."""

import difflib
import errno
import logging
import os
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image

from tfgan_suite.core.checks import require
from tfgan_suite.data.image_set import Images, Split
from tfgan_suite.data.pictures import picture_to_array
from tfgan_suite.data.resizing import conform, describe_resize

_TEST_SPLITS = ("test", "validation")
_READ_BATCH = 1024


class _Keys(NamedTuple):
    """Where a data set keeps its images and labels."""

    image: str
    label: str | None


def load_tfds(
    name: str,
    data_dir: str | os.PathLike | None = None,
    image_size: int | None = None,
    channels: int | None = None,
    *,
    download: bool = True,
) -> Images:
    """Loads a data set of TensorFlow Datasets: what is prepared in `data_dir` without a network, else by a download.

    Its split "train" is for training, "test" (or else "validation") for testing. JPEG files are decoded exactly (the
    slow integer transform); TensorFlow's fast default shifts the mean colours by about a grey level.

    Args:
        name: as TFDS takes it: "cifar10", "stl10:4.0.0", "NAME/CONFIG".
        data_dir: where prepared data sets are; TFDS's own default if None.
        image_size, channels: as in `load_images`; the size must be given if the images differ in size.
        download: whether it may be downloaded and prepared.

    Raises:
        ValueError: an unknown name, version or configuration; not prepared and `download` false, or the download
            failed; no images or no split "train" in it; images of different sizes and no `image_size`.
        OSError: the disk is full.
    """
    builder = _prepared_builder(name, data_dir, download)
    keys = _find_keys(builder)
    splits = builder.info.splits
    require("train" in splits, f"TFDS data set '{name}' must have a split 'train'", splits=sorted(splits))
    test_name = next((split for split in _TEST_SPLITS if split in splits), None)
    train, train_labels, resize = _read_split(builder, "train", keys, image_size, channels)
    class_names = None if train_labels is None else tuple(builder.info.features[keys.label].names)
    test_split = None
    if test_name is not None:
        test, test_labels, _ = _read_split(builder, test_name, keys, image_size, channels)
        test_split = Split(test, test_labels if class_names is not None else None)
    return Images(builder.info.full_name, Split(train, train_labels), test_split, class_names, resize=resize)


def _prepared_builder(name: str, data_dir: str | os.PathLike | None, download: bool) -> Any:
    import tensorflow_datasets

    options = {} if data_dir is None else {"data_dir": os.path.expanduser(data_dir)}
    try:
        builder = tensorflow_datasets.builder(name, **options)
    except tensorflow_datasets.core.registered.DatasetNotFoundError as error:
        known = tensorflow_datasets.list_builders(with_community_datasets=False)
        near = difflib.get_close_matches(name.split(":")[0].split("/")[0], known, n=4)
        raise ValueError(
            f"'{name}' is neither a file or folder, nor 'digits', nor a data set that TensorFlow Datasets knows."
            + (f" Did you mean {' or '.join(map(repr, near))}?" if near else "")
        ) from error
    except (ValueError, AssertionError) as error:  # An unknown version or configuration.
        raise ValueError(f"TFDS cannot load '{name}': {_one_line(error)}") from error
    if builder.is_prepared():
        return builder
    folder = builder.data_path.parent.parent
    require(
        download,
        f"'{name}' is not prepared in {folder}, and downloading is switched off",
        "Point `data_dir` at the folder that holds it, or allow the download.",
    )
    logging.getLogger(__name__).warning(
        "'%s' is not in %s: downloading it. Without a network this gives up after some minutes.", name, folder
    )
    try:
        builder.download_and_prepare()
    except Exception as error:  # TFDS lets through whatever its many download paths raise.
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ValueError(
            f"'{name}' is not prepared in {folder} and could not be downloaded ({_one_line(error)}). "
            "Connect to a network, or point `data_dir` at a folder where TFDS has prepared it."
        ) from error
    return builder


def _find_keys(builder: Any) -> _Keys:
    import tensorflow_datasets

    features = builder.info.features
    images = [key for key in features if isinstance(features[key], tensorflow_datasets.features.Image)]
    labels = [key for key in features if isinstance(features[key], tensorflow_datasets.features.ClassLabel)]
    image = "image" if "image" in images else next(iter(images), None)
    require(
        image is not None and features[image].np_dtype == np.uint8,
        f"TFDS data set '{builder.info.name}' must have 8-bit images",
        features=sorted(features),
    )
    label = "label" if "label" in labels else (labels[0] if len(labels) == 1 else None)
    return _Keys(image, label)


def _read_split(
    builder: Any, split: str, keys: _Keys, image_size: int | None, channels: int | None
) -> tuple[np.ndarray, np.ndarray | None, str]:
    """uint8 images [N, H, W, C], int32 labels [N] or None (also if some are missing, stored as -1), and the resize."""
    import tensorflow_datasets

    shape = builder.info.features[keys.image].shape
    count = builder.info.splits[split].num_examples
    dataset = builder.as_dataset(
        split=split,
        shuffle_files=False,
        decoders={keys.image: tensorflow_datasets.decode.make_decoder()(_decode_exactly)()},
        read_config=tensorflow_datasets.ReadConfig(interleave_cycle_length=1, try_autocache=False),
    )
    no_label = tf.constant(-1, tf.int64)
    dataset = dataset.map(
        lambda example: (example[keys.image], no_label if keys.label is None else example[keys.label])
    )
    if None not in shape:
        images, labels = _read_equal(dataset, count, shape)
        images, resize = conform(images, image_size, channels)
    else:
        require(
            image_size is not None,
            f"`image_size` must be given: the images of '{builder.info.name}' differ in size",
            image_size=image_size,
        )
        channels = channels or (1 if shape[-1] == 1 else 3)
        images, labels = _read_different(dataset, count, image_size, channels)
        resize = describe_resize(image_size)
    return images, (labels if labels.min() >= 0 else None), resize


def _read_equal(dataset: tf.data.Dataset, count: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    images, labels = np.empty((count, *shape), np.uint8), np.empty(count, np.int32)
    start = 0
    for some_images, some_labels in dataset.batch(_READ_BATCH).prefetch(2).as_numpy_iterator():
        part = slice(start, start + len(some_images))
        images[part], labels[part] = some_images, some_labels
        start += len(some_images)
    return images, labels


def _read_different(
    dataset: tf.data.Dataset, count: int, image_size: int, channels: int
) -> tuple[np.ndarray, np.ndarray]:
    images, labels = np.empty((count, image_size, image_size, channels), np.uint8), np.empty(count, np.int32)
    for index, (image, label) in enumerate(dataset.prefetch(8).as_numpy_iterator()):
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        images[index], labels[index] = picture_to_array(picture, image_size, channels), label
    return images, labels


def _decode_exactly(serialized: tf.Tensor, feature: Any) -> tf.Tensor:
    image = tf.io.decode_jpeg(
        serialized, channels=feature.shape[-1] or 0, dct_method="INTEGER_ACCURATE"
    )  # PNG as well.
    image.set_shape(feature.shape)
    return image


def _one_line(error: Exception) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= 300 else f"{text[:300]} …"
