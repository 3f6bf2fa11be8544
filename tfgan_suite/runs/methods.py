"""The methods that the self-conditioned GAN paper compares, in one harness (SPEC B1 to B3).

A method is a model and where its labels come from; data, networks, optimizer and lengths are the same for all.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np

from tfgan_suite.callbacks.recluster import Recluster
from tfgan_suite.core.checks import require, require_in
from tfgan_suite.data import Images
from tfgan_suite.models import MGAN, OnlineSelfConditionedGAN, PacGAN, SelfConditionedGAN
from tfgan_suite.models.base import adam
from tfgan_suite.runs.distribution import make_strategy
from tfgan_suite.runs.method_names import DATA_CLASSES, FIXED_FEATURES, RECLUSTERED, TITLES


@dataclasses.dataclass(frozen=True)
class MethodOptions:
    """What the methods need beside the data.

    Attributes:
        num_clusters: K; the number of generators of MGAN; random labels.
        batch_size: samples in the discriminator's batch; packs for PacGAN.
        recluster_every_steps: generator steps.
        num_clustered: samples that k-means sees.
        network, num_filters: of images, as of `SelfConditionedGAN.for_images`; ignored for points.
        learning_rate, beta_1, beta_2: of Adam, for both networks; None: the model's own.
        num_steps: generator steps of the training; only asked for with `decay_steps`.
        decay_steps: over the last so many of them the learning rate falls to 0 along a cosine; 0: it stays.
        r1_weight: of the R1 penalty.
        average_decay: of averaged generator weights; None: none are kept.
        steps_per_execution: train steps per compiled call.
        jit_compile: XLA.
        strategy: the devices of the model, as of `make_strategy`.
    """

    num_clusters: int
    batch_size: int
    recluster_every_steps: int
    num_clustered: int
    network: str = "deep"
    num_filters: int = 64
    learning_rate: float | None = None
    beta_1: float = 0.0
    beta_2: float = 0.99
    num_steps: int | None = None
    decay_steps: int = 0
    r1_weight: float = 0.0
    average_decay: float | None = None
    steps_per_execution: int = 1
    jit_compile: bool = False
    strategy: str = "one"

    @classmethod
    def of(cls, settings: Any, **changes: Any) -> Self:
        """The options that a recipe's settings name, and `changes` to them."""
        names = [field.name for field in dataclasses.fields(cls) if hasattr(settings, field.name)]
        return cls(**{name: getattr(settings, name) for name in names} | changes)


@dataclasses.dataclass(frozen=True)
class Trial:
    """A compiled GAN, the batches it learns from, the callbacks that change its labels, and what those are."""

    gan: keras.Model
    batches: Any
    teaching: Sequence[keras.callbacks.Callback] = ()
    labels: str = "none"


def build_trial(
    method: str,
    data: Any,
    options: MethodOptions,
    *,
    seed: int,
    folder: Path | None = None,
    cluster_ids: np.ndarray | None = None,
) -> Trial:
    """Builds a method for `Images` or `Points`.

    Args:
        method: one of `TITLES`.
        data: what is learnt; the labels are the true ones, or None.
        options: see `MethodOptions`.
        seed: of the weights, all noise, and the order of the data.
        folder: where the clusters of each re-clustering are kept.
        cluster_ids: int [N], for the methods of `FIXED_FEATURES`: clusters of those features.

    Raises:
        ValueError: an unknown method, or one that needs labels the data does not have.
    """
    require_suitable(method, data)
    keras.utils.set_random_seed(seed)
    data, packing, how = _labelled(method, data, options, seed, cluster_ids), 1, {"seed": seed}
    if method.startswith("pacgan") or method == "gan":
        packing = int(method.removeprefix("pacgan")) if method != "gan" else 1
        gan_class, how = PacGAN, {**how, "packing": packing}
    elif method == "mgan":
        gan_class, how = MGAN, {**how, "num_generators": options.num_clusters}
    else:
        gan_class = OnlineSelfConditionedGAN if method == "online" else SelfConditionedGAN
        clustered = method in RECLUSTERED or method == "online"
        how |= {"num_clusters": options.num_clusters} if clustered else _given_labels(data)
    with make_strategy(options.strategy).scope():
        gan = _build(gan_class, data, options, how)
    by_ids = gan.num_examples is not None
    batches = data.training_batches(options.batch_size * packing, seed=seed, with_example_ids=by_ids)
    teaching = [_recluster(method, data, options, seed, folder)] if by_ids else []
    return Trial(gan, batches, teaching, _meaning_of_labels(method, gan))


def require_suitable(method: str, data: Any) -> None:
    """Raises `ValueError` for an unknown method, and for one that needs labels the data does not have."""
    require_in(tuple(TITLES), method=method)
    require(
        labels_of(data) is not None or method not in ("class_conditional", "supervised_start"),
        f"The method {method} needs data with true labels",
        "Use labelled data, or another method.",
        data=data.name,
    )


def labels_of(data: Any) -> np.ndarray | None:
    """The training labels of `Images` or `Points`."""
    return data.train.labels if isinstance(data, Images) else data.labels


def _labelled(method: str, data: Any, options: MethodOptions, seed: int, cluster_ids: np.ndarray | None) -> Any:
    """The data with the labels that the method learns, if they are fixed."""
    num_examples = data.num_images if isinstance(data, Images) else data.num_points
    if method == "random_labels":
        random = np.random.default_rng(seed).integers(options.num_clusters, size=num_examples)
        return data.with_labels(random.astype(np.int32), options.num_clusters)
    if method in FIXED_FEATURES:
        require(cluster_ids is not None, f"`cluster_ids` must be given for {method}", method=method)
        return data.with_labels(cluster_ids, options.num_clusters)
    return data


def _meaning_of_labels(method: str, gan: keras.Model) -> str:
    if gan.num_classes is None:
        return "none"
    return DATA_CLASSES if method == "class_conditional" else f"{gan.num_classes} of {TITLES[method]}"


def _given_labels(data: Any) -> dict[str, Any]:
    return {"num_clusters": data.num_classes, "num_examples": None}


def _build(gan_class: type, data: Any, options: MethodOptions, how: dict[str, Any]) -> keras.Model:
    how |= {"average_decay": options.average_decay}
    if isinstance(data, Images):
        gan = gan_class.for_images(data, network=options.network, num_filters=options.num_filters, **how)
    else:
        gan = gan_class.for_points(data, **how)
    optimizers = {}
    if options.learning_rate is not None:
        for name in ("generator_optimizer", "discriminator_optimizer"):
            optimizers[name] = adam(_learning_rate(options), options.beta_1, options.beta_2)
    gan.compile(
        **optimizers,
        r1_weight=options.r1_weight,
        jit_compile=options.jit_compile,
        steps_per_execution=options.steps_per_execution,
    )
    return gan


def _learning_rate(options: MethodOptions) -> Any:
    """A number, or held and then falling to 0: Keras' warm-up, here from the rate to itself."""
    if not options.decay_steps:
        return options.learning_rate
    return keras.optimizers.schedules.CosineDecay(
        options.learning_rate,
        options.decay_steps,
        warmup_target=options.learning_rate,
        warmup_steps=options.num_steps - options.decay_steps,
    )


def _recluster(method: str, data: Any, options: MethodOptions, seed: int, folder: Path | None) -> Recluster:
    true_labels = labels_of(data)
    return Recluster(
        data.train.pixels if isinstance(data, Images) else data.examples,
        0 if method == "online" else options.recluster_every_steps,
        num_clustered=options.num_clustered,
        start_from_means=method != "no_start",
        match=method != "no_matching",
        initial_labels=clusters_of_classes(true_labels, options.num_clusters) if method == "supervised_start" else None,
        true_labels=true_labels,
        seed=seed,
        folder=folder,
    )


def clusters_of_classes(labels: np.ndarray, num_clusters: int) -> np.ndarray:
    """The classes as first clusters: each dealt out to equally many clusters, or as many neighbours sharing one."""
    num_classes = int(labels.max()) + 1
    if num_clusters < num_classes:
        return (labels.astype(np.int64) * num_clusters // num_classes).astype(np.int32)
    order = np.arange(len(labels)) % (num_clusters // num_classes)
    return (labels + num_classes * order).astype(np.int32)
