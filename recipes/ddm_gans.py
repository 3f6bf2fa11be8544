"""DDM of GANs: DCGAN, weakened and small DCGAN, Improved GAN and WGAN-GP (DDM thesis, table 3.1, figure 3.6).

    python -m recipes.ddm_gans --preset demo
    python -m recipes.ddm_gans --dataset mnist --image-size 32 --num-steps 5000
    python -m recipes.ddm_gans --dataset cifar10 --embedder my_classifier.keras

All methods learn the same images for equally many steps. Over the training one classifier measures them all:
DDM of its logits against the test images (eq. 3.4), beside DDM(train, test); and from the same samples FID and IS.

Expected: table 3.1 (CIFAR-10, lower is better): training set -289.23, Improved GAN -232.74, WGAN-GP -227.66, DCGAN
-163.14; section 3.4.2: on MNIST DCGAN before small before weakened DCGAN; on SVHN and CIFAR-10 Improved GAN without
batch norm, which is `weakened_improved_gan` here, the worst of all, "often several orders of magnitude". The report
lists the orders by DDM, FID and IS beside the thesis', and says which of the thesis' orders for this data set hold; of
other data sets it tests none. It says too whether FID gives the same order as DDM.

Departures: eq. 3.4 as it stands is never negative (the thesis drops constants), so that orders are compared and no
values. The thesis trains each "until convergence as deemed by their respective implementation"; here each has the same
number of steps, and its own paper's networks, optimizer and critic steps; the DCGANs' generators make two updates a
step, as in DCGAN's TensorFlow implementation (with one, DCGAN's discriminator won on MNIST at 28x28). Improved GAN is
unsupervised, feature matching alone, so that no method sees labels. WGAN-GP makes images of 8, 16, 32, ... pixels
only: MNIST is brought to 32 for all. "classifier" trains a small CNN on the data; the thesis has a wide residual
network for SVHN and CIFAR-10: train one by `recipes.train_classifier`. DDM(train, test) is of as many training images
as there are samples, and the FID of real images of as many test images, or of all.
"""

import dataclasses
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.image_comparison import run as run_study
from tfgan_suite.runs.image_study import Measuring, MethodsSettings, ReportParts, Study

Method = Literal["dcgan", "weakened_dcgan", "small_dcgan", "improved_gan", "weakened_improved_gan", "wgan_gp"]
TITLES = {
    "dcgan": "DCGAN",
    "weakened_dcgan": "Weakened DCGAN",
    "small_dcgan": "Small DCGAN",
    "improved_gan": "Improved GAN",
    "weakened_improved_gan": "Weakened Improved GAN",
    "wgan_gp": "WGAN-GP",
}
HEADS = {"ddm": ("DDM, nats", 1.0), "fid": ("FID", 1.0), "inception_score": ("IS", 1.0)}


@dataclasses.dataclass(frozen=True)
class Settings(MethodsSettings):
    """Section 3.4.7 unless a preset says otherwise."""

    methods: tuple[Method, ...] = tuple(TITLES)
    """Methods to compare."""
    num_filters: int | None = None
    """Filters of the largest inner maps of every network; default: each paper's own (DCGAN 64, the others 128)."""
    num_dcgan_generator_steps: int = 2
    """Updates of the generator in a step of the DCGANs, after one of the discriminator."""
    layer: str = "logits"
    """Features for DDM: logits, prelogits, hypercolumns, or another layer or output of the embedder."""
    embedder: str = "classifier"
    """What measures: classifier (trained on the data), or the path of one, which must tell classes."""
    num_samples: int = 5_000
    """Generated images per measurement."""
    num_trials: int = 3
    """Runs of each method with seeds seed, seed + 1, ..."""


_DIGITS = Settings(
    dataset="digits",
    image_size=16,
    num_filters=16,
    num_steps=500,
    evaluate_every_steps=100,
    sample_every_steps=500,
    log_every_steps=50,
    checkpoint_every_steps=100,
    num_samples=1_000,
    num_trials=2,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _DIGITS,
        num_filters=2,
        num_steps=2,
        batch_size=8,
        evaluate_every_steps=1,
        sample_every_steps=2,
        log_every_steps=1,
        checkpoint_every_steps=2,
        num_samples=40,
        num_trials=1,
    ),
    "demo": _DIGITS,
    "paper": Settings(),
}


def build_model(settings: Settings, images: Any, method: str, seed: int) -> Any:
    """The model of a method, not compiled."""
    from tfgan_suite.models import DCGAN, WGANGP, ImprovedGAN

    updates = {"num_generator_steps": settings.num_dcgan_generator_steps}
    gan_class, variant = {
        "dcgan": (DCGAN, updates),
        "weakened_dcgan": (DCGAN, {"norm": "none", **updates}),
        "small_dcgan": (DCGAN, {"num_convolutions": 3, **updates}),
        "improved_gan": (ImprovedGAN, {}),
        "weakened_improved_gan": (ImprovedGAN, {"norm": "none"}),
        "wgan_gp": (WGANGP, {}),
    }[method]
    if settings.num_filters is not None:
        variant = {**variant, "num_filters": settings.num_filters}
    return gan_class.for_images(images, seed=seed, average_decay=settings.average_decay, **variant)


def build(settings: Settings, images: Any, method: str, seed: int, folder: Any) -> Any:
    """The trial of a method: model and batches."""
    import keras

    from tfgan_suite.runs.distribution import make_strategy
    from tfgan_suite.runs.methods import Trial

    keras.utils.set_random_seed(seed)
    with make_strategy(settings.strategy).scope():
        gan = build_model(settings, images, method, seed)
        gan.compile()
    return Trial(gan, images.with_labels(None).training_batches(settings.batch_size, seed=seed))


def load(settings: Settings) -> Any:
    """The images, which must have a test split and a size that every method can make."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.image_study import load_images_of

    images = load_images_of(settings)
    require(
        images.test is not None,
        "DDM needs test images",
        "Use a data set with a test split, or a folder with `train` and `test`.",
        dataset=settings.dataset,
    )
    for method in settings.methods:
        build_model(dataclasses.replace(settings, num_filters=1), images, method, settings.seed)
    return images


def measure(settings: Settings, images: Any) -> Measuring:
    """FID and IS of the embedder's usual features and classes, DDM of its logits; and what real images get."""
    from tfgan_suite.callbacks.evaluate import HeldOut
    from tfgan_suite.metrics.cached import cached_summary
    from tfgan_suite.metrics.functional.ddm import distribution_divergence
    from tfgan_suite.metrics.functional.frechet import frechet_distance
    from tfgan_suite.metrics.functional.inception import inception_score
    from tfgan_suite.runs import experiment, studies

    embedder = experiment.embedder_for(images, settings.embedder, settings.seed)
    studies.require_probs(embedder)
    logits = experiment.embedder_for(images, settings.embedder, settings.seed, layer=settings.layer)
    test = studies.embed_kept(images.test.images, logits, "test images")
    evaluate = experiment.measuring(
        images,
        embedder,
        every_steps=settings.evaluate_every_steps,
        num_samples=settings.num_samples,
        held_out=HeldOut(logits, test.features),
    )
    few_train, few_test = (as_many_as_samples(settings, split) for split in (images.train, images.test))
    train = studies.embed_kept(few_train.images, logits, "training images")
    test_statistics = cached_summary(few_test.images, embedder).statistics
    references = {
        "ddm": {"DDM(train, test)": distribution_divergence(test.features, train.features)},
        "fid": {"test images": frechet_distance(evaluate.real_statistics, test_statistics).total},
        "inception_score": {"training images": inception_score(train.probs, evaluate.num_splits)[0]},
    }
    protocol = evaluate.protocol(images, "train").to_dict()
    real = f"DDM(train, test) and IS of {len(few_train):,} training images, FID of {len(few_test):,} test images, "
    real += "drawn by the seed; the samples' FID and that are against all training images"
    return Measuring(evaluate, {**protocol, "real images": real}, embedder, references)


def as_many_as_samples(settings: Settings, split: Any) -> Any:
    """As many images of a `Split` as there are samples, drawn by the seed, so that scores compare; all if fewer."""
    from tfgan_suite.runs.studies import draw, split_of

    rows = draw(len(split), min(settings.num_samples, len(split)), settings.seed, "num_samples")
    return split_of(split, rows)


def check(settings: Settings) -> None:
    """Refuses networks without filters, and lengths without a measurement, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    require_positive(
        evaluate_every_steps=settings.evaluate_every_steps,
        num_dcgan_generator_steps=settings.num_dcgan_generator_steps,
    )
    require(
        settings.num_steps >= settings.evaluate_every_steps,
        "`num_steps` must be at least `evaluate_every_steps`, so that something is measured",
        num_steps=settings.num_steps,
        evaluate_every_steps=settings.evaluate_every_steps,
    )
    if settings.num_filters is not None:
        require_positive(num_filters=settings.num_filters)


def facts(settings: Settings) -> dict[str, Any]:
    """What is the same for all methods."""
    return {
        "filters": settings.num_filters or "each paper's own",
        "batch": settings.batch_size,
        "optimizers, critic steps": "each paper's own",
        "generator updates in a step": f"{settings.num_dcgan_generator_steps} of the DCGANs, 1 of the others",
    }


def report(settings: Settings, own: Any, references: Any) -> ReportParts:
    """The order of the methods beside the document's."""
    from tfgan_suite.runs.ddm.gans_report import report_parts

    return report_parts(TITLES, own, references, settings.dataset)


def study_of(settings: Settings) -> Study:
    """The study, with the values of table 3.1 on CIFAR-10."""
    from tfgan_suite.runs.ddm.gans_report import TABLE_3_1

    return Study(
        recipe="ddm_gans",
        title=f"DDM of GANs on {settings.dataset}",
        titles=TITLES,
        load=load,
        build=build,
        check=check,
        measure=measure,
        heads=HEADS,
        paper={method: (score, None, None) for method, score in TABLE_3_1.items() if method in TITLES}
        if settings.dataset == "cifar10"
        else {},
        presets=PRESETS,
        best_of="ddm",
        facts=facts,
        log_curves=("ddm", "fid"),
        alike=False,
        report=report,
        notes=(
            "Orders are of means over seeds at the same number of steps. A step updates the discriminator once and the "
            f"generator once; WGAN-GP's five times and once, a DCGAN's once and {settings.num_dcgan_generator_steps} "
            "times.",
            "DDM and FID fall with the number of images, so that DDM(train, test) and the FID of test images are of as "
            "many images as there are samples, or of all if these are fewer.",
        ),
    )


def run(settings: Settings) -> None:
    """Runs the study."""
    run_study(settings, study_of(settings))


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
