"""Labels of training images that are the clusters of the discriminator's own features, renewed while it learns."""

import logging
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps
from tfgan_suite.clustering.kmeans import Clusters, assign_clusters
from tfgan_suite.clustering.reclustering import Reclustering, recluster
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.files import write_whole
from tfgan_suite.metrics.functional.clustering import normalized_mutual_information, purity
from tfgan_suite.models.discriminator_features import discriminator_features, embed_examples
from tfgan_suite.models.online_self_conditioned import OnlineSelfConditionedGAN

_LOGGER = logging.getLogger(__name__)


class Recluster(EverySteps):
    """Partitions the training data by k-means on the discriminator's features (Liu et al. 2020, algorithm 1; SPEC B1).

    Before the first step: k-means++ on the randomly initialised discriminator. Then every `every_steps` generator
    steps: k-means from the means that the old clusters have in the new features (eq. 3), names by matching (eq. 4). A
    fixed random part of the data is clustered, and every example gets the label of its nearest centroid.

    The model must have `num_examples`; its labels are its state, so a resumed run goes on with them. Several models
    can be trained so: `SelfConditionedGAN`, or any other conditional one of this project.

    Logged after a re-clustering: `cluster_moved` (share of all examples whose label changed), `cluster_nmi_previous`,
    `cluster_nmi` and `cluster_purity` (against the true labels, if given), `smallest_cluster`, `largest_cluster`
    (examples), `num_repaired`, `recluster_sec`.

    Args:
        examples: the training examples in the order of their ids: uint8 images [N, H, W, C] or float32 points [N, D].
        every_steps: generator steps between two re-clusterings, as of `EverySteps`; 0: the first partition stays.
        num_clustered: examples that k-means sees; all if there are fewer.
        feature_layer: name of the discriminator's layer.
        start_from_means: False: k-means++ each time (ablation).
        match: False: new clusters keep the names they come out with (ablation).
        initial_labels: int [N] to start with in place of the first partition (the paper's supervised start).
        true_labels: int [N], for the logs only.
        num_inits: k-means++ starts.
        seed: of the part that is clustered, and of k-means.
        batch_size: examples embedded at once.
        folder: where the labels after each re-clustering are kept, as `step_XXXXXXXX.npz` with `labels` int32 [N].

    Raises:
        ValueError: more clusters than `num_clustered`, labels of another number, no such layer.
    """

    def __init__(
        self,
        examples: Any,
        every_steps: int,
        *,
        num_clustered: int = 25_000,
        feature_layer: str = "features",
        start_from_means: bool = True,
        match: bool = True,
        initial_labels: np.ndarray | None = None,
        true_labels: np.ndarray | None = None,
        num_inits: int = 10,
        seed: int = 0,
        batch_size: int = 500,
        folder: str | Path | None = None,
    ) -> None:
        super().__init__(every_steps)
        require_positive(num_clustered=num_clustered, batch_size=batch_size, num_inits=num_inits)
        for name, labels in (("initial_labels", initial_labels), ("true_labels", true_labels)):
            require(
                labels is None or np.shape(labels) == (len(examples),),
                f"`{name}` must have one label per example",
                shape=np.shape(labels),
                num_examples=len(examples),
            )
        self.examples = examples
        self.feature_layer = feature_layer
        self.start_from_means = start_from_means
        self.match = match
        self.initial_labels = initial_labels
        self.true_labels = true_labels
        self.num_inits = num_inits
        self.seed = seed
        self.batch_size = batch_size
        self.folder = None if folder is None else Path(folder)
        order = np.random.default_rng(seed).permutation(len(examples))
        self.clustered_ids = np.sort(order[: min(num_clustered, len(examples))])

    def set_model(self, model: keras.Model) -> None:
        """Checks that model and examples fit, before the first step."""
        super().set_model(model)
        require(
            model.num_examples == len(self.examples),
            "`num_examples` of the model must be the number of `examples`",
            "Build it with `num_examples=len(examples)`.",
            model=model.num_examples,
            examples=len(self.examples),
        )
        require(
            2 <= model.num_classes <= len(self.clustered_ids),
            "The number of clusters must be in [2, num_clustered]",
            num_clusters=model.num_classes,
            num_clustered=len(self.clustered_ids),
        )
        require(
            getattr(model, "feature_layer", self.feature_layer) == self.feature_layer,
            "`feature_layer` must be that of the model, which moves the clusters on",
            feature_layer=self.feature_layer,
            of_the_model=getattr(model, "feature_layer", None),
        )
        self._features = discriminator_features(model.discriminator, self.feature_layer)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        super().on_train_begin(logs)
        if int(self.model.num_steps.numpy()) > 0:
            return
        if self.initial_labels is None:
            self.recluster()
        else:
            self.model.set_example_labels(self.initial_labels)
            self._keep(self.initial_labels)

    def act(self, step: int, logs: dict[str, Any]) -> None:
        logs.update(self.recluster())

    def recluster(self) -> dict[str, float]:
        """Makes the partition anew from the discriminator as it is, and gives its labels to the model."""
        start = time.monotonic()
        step = int(self.model.num_steps.numpy())
        before = self.model.example_labels.numpy() if step else None
        found = recluster(
            self._embed(self.clustered_ids),
            self.model.num_classes,
            None if before is None else before[self.clustered_ids],
            seed=self.seed + step,
            start_from_means=self.start_from_means,
            match=self.match,
            num_inits=self.num_inits,
        )
        labels = self._label_all(found.clusters)
        self.model.set_example_labels(labels)
        if isinstance(self.model, OnlineSelfConditionedGAN):
            self.model.set_centroids(found.clusters.centroids)
        self._keep(labels)
        return {**self._scores(found, labels, before), "recluster_sec": time.monotonic() - start}

    def _embed(self, ids: np.ndarray) -> np.ndarray:
        return embed_examples(self._features, self.examples, ids, self.batch_size)

    def _label_all(self, clusters: Clusters) -> np.ndarray:
        """The nearest centroid of every example; those that were clustered keep what k-means and repairs gave them."""
        labels = np.empty(len(self.examples), np.int32)
        labels[self.clustered_ids] = clusters.cluster_ids
        others = np.setdiff1d(np.arange(len(self.examples)), self.clustered_ids, assume_unique=True)
        for rows in np.array_split(others, -(-len(others) // (20 * self.batch_size)) or 1):
            if len(rows):
                labels[rows] = assign_clusters(self._embed(rows), clusters.centroids)
        return labels

    def _scores(self, found: Reclustering, labels: np.ndarray, before: np.ndarray | None) -> dict[str, float]:
        sizes = np.bincount(labels, minlength=self.model.num_classes)
        scores = {
            "smallest_cluster": int(sizes.min()),
            "largest_cluster": int(sizes.max()),
            "num_repaired": found.num_repaired + found.clusters.num_refilled,
        }
        if before is not None:
            scores["cluster_moved"] = float((labels != before).mean())
            scores["cluster_nmi_previous"] = normalized_mutual_information(before, labels)
        if self.true_labels is not None:
            scores["cluster_nmi"] = normalized_mutual_information(self.true_labels, labels)
            scores["cluster_purity"] = purity(self.true_labels, labels)
        return scores

    def _keep(self, labels: np.ndarray) -> None:
        if self.folder is None:
            return
        path = self.folder / f"step_{int(self.model.num_steps.numpy()):08d}.npz"
        with write_whole(path) as temporary:
            np.savez_compressed(temporary, labels=np.asarray(labels, np.int32))
