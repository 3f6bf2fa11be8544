"""The self-conditioned GAN and its baselines on images: what that paper's recipes have in common (SPEC B3 to B6)."""

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from tfgan_suite.runs.image_study import Study, StudySettings
from tfgan_suite.runs.method_names import FIXED_FEATURES, TITLES

Method = Literal[
    "gan", "pacgan2", "pacgan3", "pacgan4", "mgan", "random_labels", "class_conditional", "logo_gan_ae", "logo_gan_rc",
    "rotnet", "self_conditioned", "online", "supervised_start", "no_start", "no_matching",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class ComparisonSettings(StudySettings):
    """The paper's section 4.1 for images unless a recipe says otherwise."""

    methods: tuple[Method, ...] = ("gan", "self_conditioned")
    """Methods to compare."""
    network: Literal["deep", "shallow", "resnet"] = "deep"
    """deep and shallow: 32 pixels; resnet: 64 to 256."""
    num_clusters: int = 100
    """K: clusters, labels, or generators of MGAN."""
    num_clustered: int = 25_000
    """Images that k-means sees."""
    recluster_every_steps: int = 25_000
    """Generator steps between two re-clusterings."""
    classifier_features: str = "resnet50"
    """logo_gan_rc: whose features are clustered: a network of keras.applications, or the path of a SavedModel."""

    num_steps: int = 312_400
    """Generator steps (400 epochs)."""
    learning_rate: float = 1e-4
    """Of Adam, for both networks."""
    beta_1: float = 0.0
    """Of Adam."""
    beta_2: float = 0.99
    """Of Adam."""
    r1_weight: float = 0.0
    """Of the R1 penalty, mean squared gradient norm on real images, without the factor 1/2."""
    evaluate_every_steps: int = 25_000
    """Generator steps between two measurements."""
    num_samples: int = 50_000
    """Generated images per measurement."""
    sample_every_steps: int = 25_000
    """Generator steps between two sample grids; 0: never."""
    checkpoint_every_steps: int = 1_000
    """Generator steps between two checkpoints."""
    num_trials: int = 5
    """Runs of each method with seeds seed, seed + 1, ..."""


def self_conditioned_study(*, load: Callable[[Any], Any], **own: Any) -> Study:
    """A study of the paper; the arguments are what the recipe says of itself, as of `Study`."""

    def load_suitable(settings: ComparisonSettings) -> Any:
        from tfgan_suite.runs.methods import require_suitable

        images = load(settings)
        for method in settings.methods:  # all of them before the first one is trained
            require_suitable(method, images)
        return images

    return Study(titles=TITLES, load=load_suitable, build=build, check=check, facts=facts, **own)


def facts(settings: ComparisonSettings) -> dict[str, Any]:
    """What is the same for all methods."""
    return {
        "clusters": settings.num_clusters,
        "re-clustered every": f"{settings.recluster_every_steps:,} steps, {settings.num_clustered:,} images",
    }


def check(settings: ComparisonSettings) -> None:
    """Refuses clusters that cannot be."""
    from tfgan_suite.core.checks import require

    require(
        2 <= settings.num_clusters <= settings.num_clustered,
        "`num_clusters` must be in [2, num_clustered]",
        num_clusters=settings.num_clusters,
        num_clustered=settings.num_clustered,
    )
    settings.require_logged("recluster_every_steps")


def build(settings: ComparisonSettings, images: Any, method: str, seed: int, folder: Any) -> Any:
    """The trial of a method: model, batches, callbacks."""
    from tfgan_suite.runs.methods import MethodOptions, build_trial

    return build_trial(
        method,
        images,
        MethodOptions.of(settings),
        seed=seed,
        folder=folder.path / "clusters",
        cluster_ids=fixed_clusters(settings, images, method, folder),
    )


def fixed_clusters(settings: ComparisonSettings, images: Any, method: str, folder: Any) -> np.ndarray | None:
    """Clusters of features that do not change, for the methods that learn them; None for the others."""
    from tfgan_suite.runs import experiment

    if method not in FIXED_FEATURES:
        return None
    sources = {"logo_gan_ae": "autoencoder", "logo_gan_rc": settings.classifier_features, "rotnet": "rotation"}
    embedder = experiment.embedder_for(images, sources[method], settings.seed)
    keep_in = folder.path / "clusters.npz"
    found = experiment.cluster_labels(images, embedder, settings.num_clusters, seed=settings.seed, keep_in=keep_in)
    return found.clusters.cluster_ids
