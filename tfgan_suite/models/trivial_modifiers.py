"""Trivial ways to change an image towards a class, to set a `ModNet` beside at the same mean absolute change.

Towards the mean image of the class, and by the sign of a classifier's gradient. Both change an image along one
direction, and stop where the result, clipped to [-1, 1], differs from the image by what is asked for.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.labels import one_per_image
from tfgan_suite.models.modifying import checked_images

_BLOCK = 250


def change_along(images: np.ndarray, directions: np.ndarray, mean_abs_changes: float | np.ndarray) -> np.ndarray:
    """clip(x + s * d) with the s > 0 at which the mean absolute change after clipping to [-1, 1] is the given one.

    With room_i the distance of pixel i from the bound that d_i points to, the change is the mean of
    min(s |d_i|, room_i): piecewise linear in s, so that s is found exactly.

    Args:
        images: float [N, H, W, C] in [-1, 1], the images x.
        directions: float, of the same shape, finite; the directions d.
        mean_abs_changes: at least 0, in the images' units; one for all, or one per image.

    Returns:
        float32 [N, H, W, C] in [-1, 1]. Where the bounds allow less than the given change, every pixel that d moves is
        at its bound.

    Raises:
        ValueError: directions of another shape or not finite, images out of range, or a change below 0 or not finite.

    Cost: a sort of the pixels of each image; memory for some hundred images in float64.
    """
    images = checked_images(images, np.shape(images)[1:])
    require(
        np.shape(directions) == images.shape and bool(np.isfinite(directions).all()),
        "`directions` must be finite and of the shape of `images`",
        shape=np.shape(directions),
        images_shape=images.shape,
    )
    changes = np.broadcast_to(np.asarray(mean_abs_changes, np.float64), len(images))
    require(
        bool((np.isfinite(changes) & (changes >= 0)).all()),
        "`mean_abs_changes` must be finite and at least 0",
        smallest=float(changes.min()),
    )
    starts = range(0, len(images), _BLOCK)
    blocks = (slice(start, start + _BLOCK) for start in starts)
    return np.concatenate([_changed(images[rows], np.asarray(directions[rows]), changes[rows]) for rows in blocks])


def _changed(images: np.ndarray, directions: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """What `change_along` makes of a block of images, in float64."""
    pixels = images.reshape(len(images), -1).astype(np.float64)  # [N, P]
    moves = directions.reshape(pixels.shape).astype(np.float64)
    room = np.where(moves == 0, 0.0, np.maximum(0.0, 1.0 - np.sign(moves) * pixels))
    reached = np.divide(room, np.abs(moves), out=np.zeros_like(room), where=moves != 0)  # s at which a pixel is full
    steps = _steps(np.abs(moves), room, reached, changes * pixels.shape[1])
    moved = np.sign(moves) * np.minimum(steps[:, np.newaxis] * np.abs(moves), room)
    return np.clip(pixels + moved, -1, 1).astype(np.float32).reshape(images.shape)


def _steps(sizes: np.ndarray, room: np.ndarray, reached: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """The smallest s [N] with sum_i min(s sizes_i, room_i) = sums; where there is none, that of the last full pixel."""
    order = np.argsort(reached, axis=1)
    reached, sizes, room = (np.take_along_axis(each, order, axis=1) for each in (reached, sizes, room))
    filled = np.cumsum(room, axis=1) - room  # by the pixels before, which are full
    growing = np.cumsum(sizes[:, ::-1], axis=1)[:, ::-1]  # of the others
    enough = filled + reached * growing >= sums[:, np.newaxis]
    index = enough.argmax(axis=1)[:, np.newaxis]
    filled, growing = (np.take_along_axis(each, index, axis=1)[:, 0] for each in (filled, growing))
    steps = np.divide(sums - filled, growing, out=np.zeros_like(sums), where=growing > 0)
    return np.where(enough.any(axis=1), steps, reached[:, -1])


def class_mean_images(images: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """The mean image of each class.

    Args:
        images: float [N, H, W, C] in [-1, 1], or uint8, which is scaled to it.
        labels: int [N] in [0, num_classes).
        num_classes: K.

    Returns:
        float32 [K, H, W, C].

    Raises:
        ValueError: labels that do not fit, or a class without images.
    """
    images = np.asarray(images)
    is_uint8 = images.dtype == np.uint8
    images = images if is_uint8 else checked_images(images, images.shape[1:])
    labels = one_per_image(len(images), num_classes, labels=labels)
    counts = np.bincount(labels, minlength=num_classes)
    require(bool((counts > 0).all()), "Every class must have images", without=np.flatnonzero(counts == 0).tolist())
    means = np.stack([images[labels == label].mean(axis=0, dtype=np.float64) for label in range(num_classes)])
    return (means / 127.5 - 1 if is_uint8 else means).astype(np.float32)


def towards_class_mean(
    images: np.ndarray, targets: np.ndarray, means: np.ndarray, mean_abs_changes: float | np.ndarray
) -> np.ndarray:
    """Moves images on the line to the mean image of their target class, and beyond it if the change asks for more.

    Args:
        images: float [N, H, W, C] in [-1, 1].
        targets: one label for all, or int [N].
        means: float [K, H, W, C], such as `class_mean_images` returns.
        mean_abs_changes: as of `change_along`.

    Returns:
        float32 [N, H, W, C] in [-1, 1].

    Raises:
        ValueError: as `change_along`; targets out of range.
    """
    require_rank(4, means=means)
    targets = one_per_image(len(images), len(means), targets=targets)
    return change_along(images, means[targets] - images, mean_abs_changes)


class GradientSign:
    """The targeted gradient-sign attack: one step against the sign of the gradient of the target's cross-entropy.

    The fast gradient sign method (Goodfellow et al. 2015, section 4) towards a class (Kurakin et al. 2017, "one-step
    target class"): clip(x - epsilon * sign(d CE(classifier(x), target) / dx)).

    Departure: epsilon is found for each image, so that the mean absolute change after clipping is a given one; a pixel
    without gradient does not move.

    Args:
        classifier: `keras.Model` from images float [N, H, W, C] in [-1, 1] to logits [N, K].
    """

    def __init__(self, classifier: keras.Model) -> None:
        self._shape, self._num_classes = tuple(classifier.inputs[0].shape[1:]), classifier.output.shape[-1]
        self._gradient = _cross_entropy_gradient(classifier)

    def __call__(
        self, images: np.ndarray, targets: np.ndarray, mean_abs_changes: float | np.ndarray, batch_size: int = 250
    ) -> np.ndarray:
        """Changes images towards their targets.

        Args:
            images: float [N, H, W, C] in [-1, 1].
            targets: one label for all, or int [N].
            mean_abs_changes: as of `change_along`.
            batch_size: images at once.

        Returns:
            float32 [N, H, W, C] in [-1, 1].

        Raises:
            ValueError: as `change_along`; images of another shape, targets out of range, `batch_size` below 1.
        """
        require_positive(batch_size=batch_size)
        images = checked_images(images, self._shape)
        targets = one_per_image(len(images), self._num_classes, targets=targets)
        starts = range(0, len(images), batch_size)
        gradients = [
            self._gradient(tf.constant(images[i : i + batch_size]), tf.constant(targets[i : i + batch_size])).numpy()
            for i in starts
        ]
        return change_along(images, -np.sign(np.concatenate(gradients)), mean_abs_changes)


def _cross_entropy_gradient(classifier: keras.Model) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    @tf.function(reduce_retracing=True)
    def gradient(images: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = tf.cast(classifier(images, training=False), tf.float32)
            # A sum: the gradient of an image does not depend on the others. Not the probabilities, which saturate.
            loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits))
        return tape.gradient(loss, images)

    return gradient
