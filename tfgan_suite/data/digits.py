"""The handwritten digits of scikit-learn, which need no download: 1,797 grey images of 8x8 in 10 classes."""

import numpy as np

from tfgan_suite.data.image_set import Images, Split
from tfgan_suite.data.resizing import conform

CLASS_NAMES = tuple("0123456789")


def load_digits(image_size: int | None = None, channels: int | None = None) -> Images:
    """Loads the digits: 1,437 for training, 360 for testing.

    The images are ordered by class (and within it as they come), and every fifth, from the first on, is a test image:
    each class is split in the same proportion to within one image, on every machine and in every version. Values 0..16
    become round(255 v / 16).

    Args:
        image_size: pixels a side; None leaves 8.
        channels: 1, 3 (grey as colour), or None for 1.
    """
    from sklearn import datasets  # Slow to import, and needed for this source only.

    digits = datasets.load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]  # [N, 8, 8] -> [N, 8, 8, 1]
    images, resize = conform(images, image_size, channels)
    labels = digits.target.astype(np.int32)
    order = np.argsort(labels, kind="stable")
    is_test = np.zeros(len(labels), bool)
    is_test[order[::5]] = True
    train, test = Split(images[~is_test], labels[~is_test]), Split(images[is_test], labels[is_test])
    return Images("digits", train, test, CLASS_NAMES, resize=resize)
