"""Mode collapse on Stacked-MNIST: 1,000 modes of three digits (self-conditioned GAN paper, section 4.3, table 2).

    python -m recipes.selfcond_stacked_mnist --preset demo
    python -m recipes.selfcond_stacked_mnist --data-dir DIR --methods gan self_conditioned

Three random digits are the channels of an image. A classifier of single digits, trained on the same digits, names the
mode of each generated image; its accuracy is in the report. The preset demo takes scikit-learn's digits.

Expected (table 2, 26,000 or 50,000 samples): GAN 133.4 modes, reverse KL 2.97; self-conditioned 1,000 modes, 0.08.

Departures: the reverse KL is in nats (the authors' code for images takes the logarithm to base 10), and the classifier
sees images of the range that it was trained on.
"""

import dataclasses
from typing import Any

from tfgan_suite.runs import cli
from tfgan_suite.runs.image_comparison import run as run_study
from tfgan_suite.runs.image_study import Measuring
from tfgan_suite.runs.self_conditioned.study import ComparisonSettings, self_conditioned_study

TABLE_2 = {  # method -> (modes, reverse KL)
    "gan": (133.4, 2.97),
    "pacgan2": (1000.0, 0.06),
    "pacgan3": (1000.0, 0.06),
    "pacgan4": (1000.0, 0.07),
    "logo_gan_ae": (1000.0, 0.09),
    "logo_gan_rc": (1000.0, 0.08),
    "random_labels": (240.0, 2.90),
    "online": (995.8, 0.17),
    "supervised_start": (1000.0, 0.08),
    "self_conditioned": (1000.0, 0.08),
    "class_conditional": (1000.0, 0.08),
}
HEADS = {"num_modes": ("Modes of 1,000", 1.0), "reverse_kl": ("Reverse KL, nats", 1.0)}


@dataclasses.dataclass(frozen=True)
class Settings(ComparisonSettings):
    """The paper's section 4.1 unless a preset says otherwise."""

    dataset: str = "mnist"
    """Where the single digits come from: mnist (TFDS), digits (no download), or another labelled source of ten."""
    image_size: int = 32
    """Side length in pixels of the stacked images."""
    network: str = "shallow"
    """deep or shallow."""
    num_images: int = 100_000
    """Stacked images, drawn by the seed."""
    num_steps: int = 78_100
    """Generator steps (50 epochs)."""
    embedder: str = "classifier"
    """What names the digits: classifier (trained on them), or the path of a network with ten logits."""


_DIGITS = Settings(
    dataset="digits",
    num_images=20_000,
    num_filters=32,
    num_clusters=50,
    num_clustered=5_000,
    num_steps=500,
    recluster_every_steps=250,
    evaluate_every_steps=250,
    sample_every_steps=250,
    reconstruct_every_steps=250,
    log_every_steps=50,
    checkpoint_every_steps=250,
    num_samples=10_000,
    num_trials=1,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _DIGITS,
        num_images=200,
        num_filters=4,
        num_clusters=4,
        num_clustered=40,
        num_steps=2,
        batch_size=8,
        recluster_every_steps=1,
        evaluate_every_steps=2,
        sample_every_steps=2,
        reconstruct_every_steps=2,
        log_every_steps=1,
        checkpoint_every_steps=2,
        num_samples=40,
    ),
    "demo": _DIGITS,
    "paper": Settings(),
}


def load(settings: Settings) -> Any:
    """The stacked images, labelled by their mode."""
    from tfgan_suite.data import load_images, stacked_digits

    source = load_images(settings.dataset, data_dir=settings.data_dir, channels=1)
    return stacked_digits(source, settings.num_images, settings.seed, settings.image_size)


def measure(settings: Settings, images: Any) -> Measuring:
    """Modes by a classifier of single digits, which sees them as large as the stacked images."""
    from tfgan_suite.callbacks import EvaluateModes, label_scores
    from tfgan_suite.core.images import to_uint8
    from tfgan_suite.data import load_images, split_channels, stacked_labels
    from tfgan_suite.data.stacked_mnist import NUM_MODES
    from tfgan_suite.runs.experiment import embedder_for, require_classes

    digits = load_images(settings.dataset, data_dir=settings.data_dir, channels=1, image_size=settings.image_size)
    embedder = embedder_for(digits, settings.embedder, settings.seed)
    require_classes(embedder, 10)

    def labels_of(stacked: Any) -> Any:
        probs = embedder.embed(split_channels(to_uint8(stacked))).probs
        return stacked_labels(probs.argmax(axis=1).reshape(-1, 3))

    evaluate = EvaluateModes(
        label_scores(labels_of, NUM_MODES), settings.evaluate_every_steps, num_samples=settings.num_samples
    )
    protocol = {
        "classifier": embedder.name,
        "classifier hash": embedder.weights_hash,
        "samples": settings.num_samples,
        "reverse KL": "of the predicted modes against the uniform distribution, nats",
        "seed": evaluate.seed,
    }
    return Measuring(evaluate, protocol)


STUDY = self_conditioned_study(
    recipe="selfcond_stacked_mnist",
    title="Mode collapse on Stacked-MNIST",
    load=load,
    measure=measure,
    heads=HEADS,
    paper=TABLE_2,
    presets=PRESETS,
    best_of="reverse_kl",
    notes=(
        "The document's values are means over five trials at full length, by its own classifier. PacGAN's rows there "
        "are those of its own paper.",
    ),
)


def run(settings: Settings) -> None:
    """Runs the study."""
    run_study(settings, STUDY)


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
