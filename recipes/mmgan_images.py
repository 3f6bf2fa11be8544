"""MM-GAN on images beside GAN and AC-GAN (MM-GAN thesis, section 4.2, table 4.2; samples of figures 5.1 and 4.4).

    python -m recipes.mmgan_images --preset demo
    python -m recipes.mmgan_images --dataset cifar10 --methods gan mmgan10 mmgan20 mmgan30
    python -m recipes.mmgan_images --dataset path/to/signs --image-size 40 --methods mmgan43 supervised43

MNIST, Fashion-MNIST, CIFAR-10, STL-10 (mnist, fashion_mnist, cifar10, stl10 of TFDS), or a folder of images such as
traffic signs, a sub-folder per class. A number after a method is K, the Gaussians of its prior; gan and mmgan see no
labels. For quality against diversity at other sigmas: `python -m recipes.tradeoff RUN/METHOD ...`.

Expected (table 4.2, IS by Inception, means of ten runs): CIFAR-10 GAN 5.71, MM-GAN 5.92, 5.91, 5.98 (K = 10, 20, 30),
AC-GAN 6.23, supervised MM-GAN 6.84, 6.81, 6.83; STL-10 6.80 | 7.06, 6.58, 7.03 | 7.45 | 8.32, 8.16, 8.08.

The distance of the Gaussians, c (`--mean-range`), decides what they mean. On MNIST with InfoGAN's networks (32 filters)
supervised MM-GAN still mixed classes at 0.1 after 1,000 steps of 2e-4; with InfoGAN's learning rates and 2,000 steps it
was the best of the four at 0.2, and made a single image per class at 0.5.

Departures: the thesis names no networks; these are DCGAN's, or InfoGAN's (`--network`), the baselines with the prior
N(0, I) and the same batches.
"""

import dataclasses
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.image_comparison import run as run_study
from tfgan_suite.runs.image_study import Study, StudySettings, load_images_of, measure_images

Method = Literal[
    "gan", "mmgan10", "mmgan20", "mmgan30", "mmgan43", "acgan", "supervised10", "supervised20", "supervised30",
    "supervised43",
]  # fmt: skip
TITLES = {
    "gan": "GAN",
    "acgan": "AC-GAN",
    **{f"mmgan{k}": f"MM-GAN, K = {k}" for k in (10, 20, 30, 43)},
    **{f"supervised{k}": f"Supervised MM-GAN, K = {k}" for k in (10, 20, 30, 43)},
}
TABLE_4_2 = {  # data set -> method -> IS
    "cifar10": {
        "gan": 5.71, "mmgan10": 5.92, "mmgan20": 5.91, "mmgan30": 5.98,
        "acgan": 6.23, "supervised10": 6.84, "supervised20": 6.81, "supervised30": 6.83,
    },
    "stl10": {
        "gan": 6.80, "mmgan10": 7.06, "mmgan20": 6.58, "mmgan30": 7.03,
        "acgan": 7.45, "supervised10": 8.32, "supervised20": 8.16, "supervised30": 8.08,
    },
}  # fmt: skip
HEADS = {
    "inception_score": ("IS", 1.0),
    "fid": ("FID", 1.0),
    "quality_score": ("Quality", 1.0),
    "diversity_score": ("Diversity", 1.0),
    "combined_score": ("Combined", 1.0),
}


@dataclasses.dataclass(frozen=True)
class Settings(StudySettings):
    """Algorithm 1's defaults unless a preset says otherwise."""

    methods: tuple[Method, ...] = ("gan", "mmgan10", "mmgan20", "mmgan30", "acgan", "supervised10")
    """Methods to compare."""
    covariance: Literal["fixed", "diagonal", "full"] = "fixed"
    """Of MM-GAN's prior: fixed (static), or learnt (dynamic) as diagonal or full matrices."""
    mean_range: float = 0.1
    """c: the Gaussians' means are drawn from U[-c, c]."""
    variance: float = 0.15
    """sigma of algorithm 1: their variance."""
    latent_dim: int = 100
    """d."""
    generator_batch_size: int = 128
    """Images of the generator's step."""
    network: Literal["dcgan", "infogan"] = "dcgan"
    """Of all methods. infogan: InfoGAN's for MNIST, which learn small images sooner; sizes that are multiples of 4."""
    discriminator_learning_rate: float | None = None
    """Of the discriminator's Adam; default: `learning_rate`."""
    classifier: str = "classifier"
    """What quality and diversity look through: classifier (trained on the data), or a path. Needs labelled data."""
    num_scored: int = 500
    """Images for quality and diversity per measurement; the time grows with its square."""
    num_trials: int = 10
    """Runs of each method with seeds seed, seed + 1, ..."""


_DIGITS = Settings(
    dataset="digits",
    image_size=16,
    methods=("gan", "mmgan10"),
    num_filters=16,
    num_steps=1_000,
    evaluate_every_steps=250,
    sample_every_steps=250,
    log_every_steps=50,
    checkpoint_every_steps=250,
    embedder="classifier",
    num_samples=2_000,
    num_scored=200,
    num_trials=1,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _DIGITS,
        num_filters=2,
        num_steps=2,
        batch_size=8,
        generator_batch_size=8,
        latent_dim=4,
        evaluate_every_steps=2,
        sample_every_steps=2,
        log_every_steps=1,
        checkpoint_every_steps=2,
        num_samples=40,
        num_scored=10,
    ),
    "demo": _DIGITS,
    "paper": Settings(),
}


def build(settings: Settings, images: Any, method: str, seed: int, folder: Any) -> Any:
    """The trial of a method: model, batches, and the callback that measures quality and diversity."""
    import keras

    from tfgan_suite.models.base import adam_pair
    from tfgan_suite.runs.distribution import make_strategy
    from tfgan_suite.runs.method_names import DATA_CLASSES
    from tfgan_suite.runs.methods import Trial

    keras.utils.set_random_seed(seed)
    with make_strategy(settings.strategy).scope():
        gan = build_model(settings, images, method, seed)
        optimizers = adam_pair(
            settings.learning_rate, settings.discriminator_learning_rate, settings.beta_1, settings.beta_2
        )
        gan.compile(*optimizers, generator_batch_size=settings.generator_batch_size)
    meaning = {None: "none"}.get(gan.num_classes, DATA_CLASSES if method == "acgan" else "the prior's Gaussians")
    return Trial(
        gan, images.training_batches(settings.batch_size, seed=seed), scores(settings, images, folder), meaning
    )


def build_model(settings: Settings, images: Any, method: str, seed: int) -> Any:
    """The model of a method."""
    from tfgan_suite.models import MMGAN

    if method in ("gan", "acgan"):
        return build_baseline(settings, images, method, seed)
    kind = method.rstrip("0123456789")
    return MMGAN.for_images(
        images,
        num_gaussians=int(method.removeprefix(kind)),
        supervised=kind == "supervised",
        covariance=settings.covariance,
        mean_range=settings.mean_range,
        variance=settings.variance,
        latent_dim=settings.latent_dim,
        network=settings.network,
        num_filters=settings.num_filters,
        seed=seed,
    )


def build_baseline(settings: Settings, images: Any, method: str, seed: int) -> Any:
    """A GAN or an AC-GAN with latents of N(0, I), on the networks that MM-GAN has."""
    from tfgan_suite.models import ACGAN, DCGAN, GAN
    from tfgan_suite.models.acgan import num_classes_of
    from tfgan_suite.networks import infogan_discriminator, infogan_generator

    same = {"prior": "normal", "seed": seed}
    if settings.network == "dcgan":
        sizes = {"latent_dim": settings.latent_dim, "num_filters": settings.num_filters}
        return {"gan": DCGAN, "acgan": ACGAN}[method].for_images(images, **sizes, **same)
    model, num_classes = (GAN, None) if method == "gan" else (ACGAN, num_classes_of(images, None))
    generator = infogan_generator(images.image_shape, settings.latent_dim, settings.num_filters, num_classes)
    discriminator = infogan_discriminator(images.image_shape, settings.num_filters, num_classes=num_classes)
    return model(generator, discriminator, num_classes=num_classes, **same)


def scores(settings: Settings, images: Any, folder: Any) -> list[Any]:
    """Measures quality and diversity while training, of labelled data."""
    from tfgan_suite.callbacks.evaluate_tradeoff import EvaluateTradeoff
    from tfgan_suite.metrics.cached import cached_embedding
    from tfgan_suite.runs.experiment import embedder_for

    if images.num_classes is None:
        return []
    embedder = embedder_for(images, settings.classifier, settings.seed)
    features = cached_embedding(images.train.images, embedder).features
    return [
        EvaluateTradeoff(
            embedder,
            features,
            settings.evaluate_every_steps,
            (1.0,),
            settings.num_scored,
            folder=folder.path / "tradeoff",
        )
    ]


def check(settings: Settings) -> None:
    """Refuses a prior that cannot be."""
    from tfgan_suite.core.checks import require_positive

    require_positive(
        mean_range=settings.mean_range,
        variance=settings.variance,
        latent_dim=settings.latent_dim,
        generator_batch_size=settings.generator_batch_size,
    )
    if settings.discriminator_learning_rate is not None:
        require_positive(discriminator_learning_rate=settings.discriminator_learning_rate)


def facts(settings: Settings) -> dict[str, Any]:
    """What is the same for all methods."""
    return {
        "networks": f"{settings.network}, {settings.num_filters} filters",
        "prior": f"d = {settings.latent_dim}, c = {settings.mean_range:g}, sigma = {settings.variance:g}, covariances "
        f"{settings.covariance}; GAN and AC-GAN N(0, I)",
        "batch": f"{settings.batch_size}, of the generator {settings.generator_batch_size}",
        "quality, diversity": f"of {settings.num_scored} images by {settings.classifier}",
    }


def study_of(settings: Settings) -> Study:
    """The study, with the thesis' values of this data set."""
    return Study(
        recipe="mmgan_images",
        title=f"MM-GAN on {settings.dataset}",
        titles=TITLES,
        load=load_images_of,
        build=build,
        check=check,
        measure=measure_images,
        heads=HEADS,
        paper={method: (score, *[None] * 4) for method, score in TABLE_4_2.get(settings.dataset, {}).items()},
        presets=PRESETS,
        best_of="fid",
        facts=facts,
        notes=(
            "The document's values are means over ten runs, IS by the Inception network. Values of another embedder or "
            "length cannot be set against them.",
        ),
    )


def run(settings: Settings) -> None:
    """Runs the study."""
    run_study(settings, study_of(settings))


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
