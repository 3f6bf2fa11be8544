"""Self-conditioned GAN with online k-means: the clusters move with every batch."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.models.base import Logs
from tfgan_suite.models.discriminator_features import discriminator_features
from tfgan_suite.models.self_conditioned import SelfConditionedGAN

SHARES_DECAY = 0.99
"""Of the moving average of the clusters' shares: about the latest hundred batches."""


@keras.saving.register_keras_serializable(package="tfgan_suite")
class OnlineSelfConditionedGAN(SelfConditionedGAN):
    """The paper's variant with online k-means (Liu et al. 2020, section 4.2; SPEC B2).

    Each discriminator step gives its real batch the labels of the nearest centroids in the present features, and moves
    each centroid towards what it was given: c += sum (x - c) / count, with the count of all it was ever given. The
    first centroids are those of the partition that `callbacks.Recluster(every_steps=0)` makes; their counts are 0.

    Departures: within a batch the centroids stand still; the original moves them after each sample. Labels of generated
    images are drawn with the clusters' shares of the latest batches (a moving average with decay 0.99), where the
    original takes those of the real batch: shares of all batches so far would name clusters that the features have
    left, and whose generated images the discriminator knows by their label.

    Args:
        generator, discriminator: as of `NetworkPair`.
        feature_layer: name of the discriminator's layer whose features are clustered.
        **kwargs: as of `NetworkPair`.
    """

    def __init__(
        self, generator: keras.Model, discriminator: keras.Model, *, feature_layer: str = "features", **kwargs: Any
    ) -> None:
        super().__init__(generator, discriminator, **kwargs)
        self.feature_layer = feature_layer
        self._features = discriminator_features(discriminator, feature_layer)
        num_dims = int(np.prod(discriminator.get_layer(feature_layer).output.shape[1:]))
        state = {"initializer": "zeros", "trainable": False, "aggregation": "only_first_replica"}
        self.centroids = self.add_weight(name="centroids", shape=(self.num_classes, num_dims), **state)
        self.centroid_counts = self.add_weight(name="centroid_counts", shape=(self.num_classes,), **state)

    def set_centroids(self, centroids: np.ndarray) -> None:
        """Starts the online clusters anew.

        Args:
            centroids: float [num_classes, D].

        Raises:
            ValueError: another shape.
        """
        require(
            np.shape(centroids) == tuple(self.centroids.shape),
            "`centroids` must be [num_classes, dimensions of the features]",
            shape=np.shape(centroids),
            expected=tuple(self.centroids.shape),
        )
        self.centroids.assign(centroids)
        self.centroid_counts.assign(tf.zeros_like(self.centroid_counts))

    def discriminator_step(self, real_images: tf.Tensor, real_labels: tf.Tensor | None, seed: tf.Tensor) -> Logs:
        """As of `GAN`, with labels by the online clusters in place of `real_labels`."""
        return super().discriminator_step(real_images, self.assign_and_move(real_images), seed)

    def assign_and_move(self, images: tf.Tensor) -> tf.Tensor:
        """Labels int32 [N] of a real batch by the nearest centroids, which then move; over all replicas."""
        features = self._features(images)
        centroids = tf.convert_to_tensor(self.centroids)
        # ||x - c||^2 without ||x||^2, which is the same for all centroids.
        distances = tf.reduce_sum(centroids**2, axis=1) - 2 * tf.matmul(features, centroids, transpose_b=True)
        labels = tf.argmin(distances, axis=1, output_type=tf.int32)
        given = tf.one_hot(labels, self.num_classes)  # [N, K]
        counts, sums = tf.reduce_sum(given, axis=0), tf.matmul(given, features, transpose_a=True)
        context = tf.distribute.get_replica_context()
        if context.num_replicas_in_sync > 1:
            counts, sums = context.all_reduce(tf.distribute.ReduceOp.SUM, [counts, sums])
        self.centroid_counts.assign_add(counts)
        total = tf.maximum(tf.convert_to_tensor(self.centroid_counts), 1.0)[:, tf.newaxis]
        self.centroids.assign_add((sums - counts[:, tf.newaxis] * centroids) / total)
        if self.label_distribution == "empirical":
            latest = counts / tf.reduce_sum(counts)
            self.label_probs.assign_add((1 - SHARES_DECAY) * (latest - tf.convert_to_tensor(self.label_probs)))
        return labels

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "feature_layer": self.feature_layer}
