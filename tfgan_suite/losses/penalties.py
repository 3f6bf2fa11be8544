"""Penalties on gradients and weights: unweighted, in float32 also under mixed precision."""

from collections.abc import Callable, Iterable

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_rank

Critic = Callable[[tf.Tensor], tf.Tensor]

# The square root has an infinite slope at 0, where a critic with a flat spot would make NaN.
SQUARED_NORM_EPSILON = 1e-12


def gradient_penalty(
    critic: Critic, real_images: tf.Tensor, fake_images: tf.Tensor, mixing_weights: tf.Tensor
) -> tf.Tensor:
    """The gradient penalty of WGAN-GP (Gulrajani et al. 2017, eq. 3), without its weight lambda.

    mean_i (||grad D(x_i)||_2 - 1)^2 at x_i = real_i + w_i * (fake_i - real_i), the norm over all pixels and channels.

    Departure: 1e-12 is added inside the square root.

    Args:
        critic: maps images to logits [N] or [N, 1]; may close over labels.
        real_images: float [N, ...].
        fake_images: float [N, ...], the same shape.
        mixing_weights: float [N] in [0, 1], drawn from U[0, 1] by the caller.

    Returns:
        Scalar: float32, or float64 for float64 images.

    Raises:
        ValueError: the two shapes differ, `mixing_weights` is not of rank 1 or of another length, or the critic's
            output is not a tensor that depends on the images.
    """
    real_images, fake_images = _at_least_float32(real_images), _at_least_float32(fake_images)
    mixing_weights = tf.cast(mixing_weights, real_images.dtype)
    require(
        real_images.shape.is_compatible_with(fake_images.shape),
        "`real_images` and `fake_images` must have the same shape",
        real_shape=tuple(real_images.shape),
        fake_shape=tuple(fake_images.shape),
    )
    require_rank(1, mixing_weights=mixing_weights)
    require(
        mixing_weights.shape.is_compatible_with(real_images.shape[:1]),
        "`mixing_weights` must hold one weight for each image",
        num_weights=mixing_weights.shape[0],
        num_images=real_images.shape[0],
    )
    weights = tf.reshape(mixing_weights, [-1] + [1] * (len(real_images.shape) - 1))  # [N] -> [N, 1, ..., 1]
    squared_norms = _squared_gradient_norms(critic, real_images + weights * (fake_images - real_images))
    return tf.reduce_mean(tf.square(tf.sqrt(squared_norms + SQUARED_NORM_EPSILON) - 1.0))


def r1_penalty(critic: Critic, real_images: tf.Tensor) -> tf.Tensor:
    """The R1 penalty (Mescheder et al. 2018, eq. 9) without its weight gamma / 2: mean_i ||grad D(real_i)||_2^2.

    Args:
        critic: maps images to logits [N] or [N, 1]; may close over labels.
        real_images: float [N, ...].

    Returns:
        Scalar: float32, or float64 for float64 images.

    Raises:
        ValueError: the critic's output is not a tensor that depends on the images.
    """
    return tf.reduce_mean(_squared_gradient_norms(critic, _at_least_float32(real_images)))


def l2_penalty(variables: Iterable[keras.Variable | tf.Variable | tf.Tensor]) -> tf.Tensor:
    """The sum of squares of all entries of all `variables` (not halved), a float32 scalar; 0 for no variables."""
    squares = [tf.reduce_sum(tf.square(tf.cast(tf.convert_to_tensor(each), tf.float32))) for each in variables]
    return tf.add_n(squares) if squares else tf.zeros([])


def _squared_gradient_norms(critic: Critic, images: tf.Tensor) -> tf.Tensor:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        logits = critic(images)
        require(
            tf.is_tensor(logits),
            "`critic` must return one tensor of logits",
            fix="Wrap a network with several outputs, as in `lambda images: network(images)['logits']`.",
            returned=type(logits).__name__,
        )
        # Samples do not see each other, so the gradient of the sum holds each sample's own gradient.
        total = tf.reduce_sum(_at_least_float32(logits))
    gradients = tape.gradient(total, images)
    require(gradients is not None, "`critic` must be a differentiable function of its images")
    return tf.reduce_sum(tf.square(gradients), list(range(1, len(images.shape))))


def _at_least_float32(values: tf.Tensor) -> tf.Tensor:
    values = tf.convert_to_tensor(values)
    return values if values.dtype == tf.float64 else tf.cast(values, tf.float32)
