"""The four models of the MM-GAN thesis' toy data, on small dense networks (section 4.1; SPEC C4).

The thesis names no networks for these points. Here all four models have `point_generator` and `point_discriminator` of
one size, Adam(2e-4, 0.5), batches of 64 for the discriminator and of 128 for the generator; what differs is the prior,
the labels and the loss.
"""

import dataclasses
from typing import Any, Self

import keras

from tfgan_suite.core.checks import require_in
from tfgan_suite.layers.gaussian_mixture import GaussianMixturePrior
from tfgan_suite.models import ACGAN, GAN, MMGAN
from tfgan_suite.models.acgan import num_classes_of
from tfgan_suite.models.base import adam
from tfgan_suite.networks.point_mlp import point_discriminator, point_generator

TITLES = {
    "gan": "GAN",
    "acgan": "AC-GAN",
    "mmgan": "MM-GAN",
    "supervised_mmgan": "Supervised MM-GAN",
}
"""Every model: its name -> its name in a table."""

LABELLED = ("acgan", "supervised_mmgan")
"""Models that learn from the points' labels."""


@dataclasses.dataclass(frozen=True)
class ToyOptions:
    """Sizes and rates; the defaults are algorithm 1's where it has them.

    Attributes:
        latent_dim: d.
        num_gaussians: K of the MM-GANs.
        mean_range: c.
        variance: sigma.
        generator_units, generator_layers: of the generator's inner layers.
        discriminator_units, discriminator_pieces, discriminator_layers: of the discriminator's maxout layers.
        learning_rate, beta_1, beta_2: of Adam, for both networks.
        generator_batch_size: points of a generator step.
        average_decay: of averaged generator weights; None: none are kept.
        steps_per_execution: train steps per compiled call.
        jit_compile: XLA.
    """

    latent_dim: int = 100
    num_gaussians: int = 9
    mean_range: float = 0.1
    variance: float = 0.15
    generator_units: int = 128
    generator_layers: int = 3
    discriminator_units: int = 64
    discriminator_pieces: int = 3
    discriminator_layers: int = 3
    learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    generator_batch_size: int = 128
    average_decay: float | None = None
    steps_per_execution: int = 1
    jit_compile: bool = False

    @classmethod
    def of(cls, settings: Any) -> Self:
        """The options that a recipe's settings name."""
        names = [field.name for field in dataclasses.fields(cls) if hasattr(settings, field.name)]
        return cls(**{name: getattr(settings, name) for name in names})


def build_toy_model(model: str, points: Any, options: ToyOptions, *, seed: int) -> keras.Model:
    """Builds and compiles one of the models for points.

    Args:
        model: one of `TITLES`.
        points: `Points`, labelled for those of `LABELLED`.
        options: see `ToyOptions`.
        seed: of the weights, of the mixture's means, and of all noise.

    Returns:
        A `GAN`, `ACGAN` or `MMGAN`. The label of a point that it generates is its class (AC-GAN) or the index of its
        Gaussian (both MM-GANs).

    Raises:
        ValueError: an unknown model, a number out of its range, or points without labels for a model that needs them.
    """
    require_in(tuple(TITLES), model=model)
    keras.utils.set_random_seed(seed)
    how: dict[str, Any] = {"seed": seed, "average_decay": options.average_decay}
    labelled = model in LABELLED
    num_classes = num_classes_of(points, None) if labelled else None
    if model in ("gan", "acgan"):
        networks = _networks(points, options, num_classes, num_class_logits=num_classes)
        gan = ACGAN(*networks, num_classes=num_classes, **how) if labelled else GAN(*networks, **how)
    else:
        prior = GaussianMixturePrior(
            options.latent_dim, options.num_gaussians, options.mean_range, options.variance, seed=seed
        )
        num_outputs = min(options.num_gaussians, num_classes) if labelled else 1
        networks = _networks(points, options, num_outputs=num_outputs)
        gan = MMGAN(*networks, prior=prior, num_data_classes=num_classes, **how)
    gan.compile(
        *(adam(options.learning_rate, options.beta_1, options.beta_2) for _ in range(2)),
        generator_batch_size=options.generator_batch_size,
        jit_compile=options.jit_compile,
        steps_per_execution=options.steps_per_execution,
    )
    return gan


def _networks(
    points: Any,
    options: ToyOptions,
    num_labels: int | None = None,
    num_outputs: int = 1,
    num_class_logits: int | None = None,
) -> tuple[keras.Model, keras.Model]:
    """Generator, which takes labels if there are any, and discriminator."""
    generator = point_generator(
        num_labels,
        options.latent_dim,
        points.point_dims,
        num_units=options.generator_units,
        num_layers=options.generator_layers,
    )
    discriminator = point_discriminator(
        num_outputs,
        points.point_dims,
        num_units=options.discriminator_units,
        num_pieces=options.discriminator_pieces,
        num_layers=options.discriminator_layers,
        num_class_logits=num_class_logits,
    )
    return generator, discriminator
