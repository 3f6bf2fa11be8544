"""What a study that compares methods on images says of itself; `image_comparison.run` does the rest."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

from tfgan_suite.runs.training_settings import ImageTrainingSettings


@dataclasses.dataclass(frozen=True)
class MethodsSettings(ImageTrainingSettings):
    """What every study that compares methods on images asks for."""

    methods: tuple[str, ...] = ()
    """Methods to compare."""
    strategy: Literal["one", "mirrored"] = "one"
    """One device, or all local GPUs."""
    reconstruct_every_steps: int = 0
    """Generator steps between two pictures of real images and the generator's nearest to them; 0: never."""


@dataclasses.dataclass(frozen=True)
class StudySettings(MethodsSettings):
    """The same, where all methods have the same optimizer and networks of the same size."""

    num_filters: int = 64
    """Filters of the largest maps."""
    learning_rate: float = 2e-4
    """Of Adam, for both networks."""
    beta_1: float = 0.5
    """Of Adam."""
    beta_2: float = 0.999
    """Of Adam."""


@dataclasses.dataclass(frozen=True)
class Measuring:
    """How the samples of a study are measured.

    Attributes:
        evaluate: the callback.
        protocol: how its numbers are made, name -> value.
        classifier: an embedder with the probabilities of an image's class, for pictures; None where there is none.
        references: score -> (name -> what these real images get); dashed lines in its figure.
    """

    evaluate: Any
    protocol: Mapping[str, Any]
    classifier: Any = None
    references: Mapping[str, Mapping[str, float]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ReportParts:
    """What a study adds to its report.

    Attributes:
        summary: sentences after the first one.
        key_numbers: the few numbers to see first.
        tables: before all others.
    """

    summary: str = ""
    key_numbers: Sequence[Any] = ()
    tables: Sequence[Any] = ()


@dataclasses.dataclass(frozen=True)
class Study:
    """What one recipe has of its own.

    Attributes:
        recipe: its short name.
        title: of the report.
        titles: method -> its name in tables.
        load: settings -> the images to learn.
        build: settings, images, method, seed, folder of the trial -> `runs.methods.Trial`.
        check: refuses settings that make no study, before anything is loaded.
        measure: settings, images -> how samples are measured.
        heads: score -> (head of its column, factor).
        paper: method -> the document's values in the order of `heads`.
        presets: of the recipe.
        best_of: the score whose lowest decides which checkpoint is kept as the best.
        facts: settings -> further lines of the plan and the protocol, name -> value.
        notes: paragraphs of the report.
        log_curves: scores whose curves have a logarithmic axis.
        alike: whether a step of each method takes about as long; if not, the plan times them all.
        report: settings, method -> rows of each trial, `Measuring.references` -> further parts of the report.
    """

    recipe: str
    title: str
    titles: Mapping[str, str]
    load: Callable[[Any], Any]
    build: Callable[[Any, Any, str, int, Any], Any]
    check: Callable[[Any], None]
    measure: Callable[[Any, Any], "Measuring"]
    heads: Mapping[str, tuple[str, float]]
    paper: Mapping[str, Sequence[float]]
    presets: Mapping[str, Any]
    best_of: str
    facts: Callable[[Any], Mapping[str, Any]] = lambda settings: {}
    notes: Sequence[str] = ()
    log_curves: Collection[str] = ()
    alike: bool = True
    report: Callable[[Any, Mapping[str, Sequence[Any]], Mapping[str, Mapping[str, float]]], ReportParts] = (
        lambda settings, own, references: ReportParts()
    )


def load_images_of(settings: MethodsSettings) -> Any:
    """The images that the settings name."""
    from tfgan_suite.data import load_images

    return load_images(settings.dataset, data_dir=settings.data_dir, image_size=settings.image_size)


def measure_images(settings: MethodsSettings, images: Any) -> Measuring:
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
