"""A ModNet as a `tf.Module` of checked functions: what `models.saved_modifier` writes to disk."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.models.modifying import RANGE_SLACK
from tfgan_suite.models.sampler_module import Tensors, as_uint8, checked, sampling_variables

# Of any shape here, since a wrong one is told by our own sentence.
INPUTS = [tf.TensorSpec(None, tf.float32, "images"), tf.TensorSpec(None, tf.int32, "target_labels")]
"""What the functions of a modifier take."""


class ModifierModule(tf.Module):
    """A ModNet as functions with signatures: `modify`, its twin `modify_uint8`, and `delta`; see `saved_modifier`.

    The weights are copies, averaged ones if the model keeps them, and every call is in inference mode.

    Args:
        modnet: the `ModNet`.
    """

    def __init__(self, modnet: Any) -> None:
        super().__init__(name="modifier")
        self.image_shape = [int(size) for size in modnet.generator.output_shape[1:]]
        self.num_classes = int(modnet.num_classes)
        sources = sampling_variables(modnet)
        self.weights = [tf.Variable(source.numpy(), trainable=False) for _, source in sources]
        variables = [variable for variable, _ in sources]

        def deltas(images: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
            weights = zip(variables, map(tf.convert_to_tensor, self.weights), strict=True)
            with keras.StatelessScope(state_mapping=list(weights)):
                return modnet.generator([images, targets], training=False)

        # Compiled once and called by all others, which keeps the SavedModel small.
        signature = [tf.TensorSpec([None, *self.image_shape], tf.float32), tf.TensorSpec([None], tf.int32)]
        self._deltas = tf.function(deltas, input_signature=signature, autograph=False)
        self._bound = modnet.bound
        self.modify = tf.function(self._modify, INPUTS, autograph=False)
        self.modify_uint8 = tf.function(as_uint8(self._modify, self.modify), INPUTS, autograph=False)
        self.delta = tf.function(self._delta, INPUTS, autograph=False)

    @property
    def functions(self) -> dict[str, Any]:
        """The functions by name, to be saved as signatures."""
        return {name: getattr(self, name) for name in ("modify", "modify_uint8", "delta")}

    def _modify(self, images: tf.Tensor, target_labels: tf.Tensor) -> Tensors:
        images, targets = self._checked_inputs(images, target_labels)
        return {"images": self._bound(images, self._deltas(images, targets))}

    def _delta(self, images: tf.Tensor, target_labels: tf.Tensor) -> Tensors:
        return {"deltas": self._deltas(*self._checked_inputs(images, target_labels))}

    def _checked_inputs(self, images: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = self._checked_images(images)
        shape = tf.shape(targets)
        rule = "`target_labels` must have the shape [num_images]. Received: shape={}."
        targets = checked(targets, tf.size(shape) == 1, rule, shape, shape=[None])
        num_images, num_targets = tf.shape(images)[0], tf.size(targets)
        rule = "`target_labels` must hold one label per image. Received: {} labels, {} images."
        targets = checked(targets, num_images == num_targets, rule, num_targets, num_images)
        known = tf.reduce_all((targets >= 0) & (targets < self.num_classes))
        rule = f"`target_labels` must be in [0, {self.num_classes}). Received: smallest={{}}, largest={{}}."
        return images, checked(targets, known, rule, tf.reduce_min(targets), tf.reduce_max(targets))

    def _checked_images(self, images: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(images)
        fits = (tf.size(shape) == 4) & tf.reduce_all(shape[1:] == self._sizes(shape)) & (tf.size(images) > 0)
        expected = ", ".join(map(str, self.image_shape))
        rule = f"`images` must have the shape [num_images, {expected}], num_images at least 1. Received: shape={{}}."
        images = checked(images, fits, rule, shape, shape=[None, *self.image_shape])
        in_range = tf.reduce_all(tf.abs(images) <= 1 + RANGE_SLACK)  # not so for NaN
        rule = "`images` must be in [-1, 1] (x / 127.5 - 1 of pixels x in 0..255). Received: smallest={}, largest={}."
        return checked(images, in_range, rule, tf.reduce_min(images), tf.reduce_max(images))

    def _sizes(self, shape: tf.Tensor) -> tf.Tensor:
        """`image_shape`, cut or filled to the length of a shape, so that the two can be compared whatever its rank."""
        num_axes = tf.maximum(tf.size(shape) - 1, 0)
        return tf.concat([self.image_shape, tf.fill([tf.maximum(num_axes - 3, 0)], -1)], 0)[:num_axes]
