"""What a recipe of the self-conditioned GAN and its baselines on images says of itself (SPEC B3 to B6)."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from tfgan_suite.runs.training_settings import ImageTrainingSettings

Method = Literal[
    "gan", "pacgan2", "pacgan3", "pacgan4", "mgan", "random_labels", "class_conditional", "logo_gan_ae", "logo_gan_rc",
    "rotnet", "self_conditioned", "online", "supervised_start", "no_start", "no_matching",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class ComparisonSettings(ImageTrainingSettings):
    """The paper's section 4.1 for images unless a recipe says otherwise."""

    methods: tuple[Method, ...] = ("gan", "self_conditioned")
    """Methods to compare."""
    network: Literal["deep", "shallow", "resnet"] = "deep"
    """deep and shallow: 32 pixels; resnet: 64 to 256."""
    num_filters: int = 64
    """Filters of the largest maps."""
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


@dataclasses.dataclass(frozen=True)
class Measuring:
    """How the samples of a study are measured.

    Attributes:
        evaluate: the callback.
        protocol: how its numbers are made, name -> value.
        classifier: an embedder with the probabilities of an image's class, for pictures; None where there is none.
    """

    evaluate: Any
    protocol: Mapping[str, Any]
    classifier: Any = None


@dataclasses.dataclass(frozen=True)
class Study:
    """What one recipe has of its own.

    Attributes:
        recipe: its short name.
        title: of the report.
        load: settings -> the images to learn.
        measure: settings, images -> how samples are measured.
        heads: score -> (head of its column, factor).
        paper: method -> the document's values in the order of `heads`.
        presets: of the recipe.
        best_of: the score whose lowest decides which checkpoint is kept as the best.
        notes: paragraphs of the report.
    """

    recipe: str
    title: str
    load: Callable[[Any], Any]
    measure: Callable[[Any, Any], "Measuring"]
    heads: Mapping[str, tuple[str, float]]
    paper: Mapping[str, Sequence[float]]
    presets: Mapping[str, Any]
    best_of: str
    notes: Sequence[str] = ()


def load_images_of(settings: ComparisonSettings) -> Any:
    """The images that the settings name."""
    from tfgan_suite.data import load_images

    return load_images(settings.dataset, data_dir=settings.data_dir, image_size=settings.image_size)


def measure_images(settings: ComparisonSettings, images: Any) -> Measuring:
    """IS and FID against all training images; modes if the embedder tells the classes of the data."""
    from tfgan_suite.runs import experiment

    embedder = experiment.embedder_for(images, settings.embedder, settings.seed)
    same_classes = images.num_classes is not None and embedder.num_classes == images.num_classes
    evaluate = experiment.measuring(
        images,
        embedder,
        every_steps=settings.evaluate_every_steps,
        num_samples=settings.num_samples,
        num_modes=images.num_classes if same_classes else None,
    )
    classifier = embedder if embedder.num_classes is not None else None
    return Measuring(evaluate, evaluate.protocol(images, "train").to_dict(), classifier)
