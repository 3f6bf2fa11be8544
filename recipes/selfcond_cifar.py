"""Self-conditioned GAN on CIFAR-10, its baselines and ablations (self-conditioned GAN paper, section 4.3, table 2).

    python -m recipes.selfcond_cifar --preset demo
    python -m recipes.selfcond_cifar --methods self_conditioned no_start no_matching

Expected (table 2, FID | IS | reverse KL of classes): GAN 31.90 | 6.93 | 0.0132; self-conditioned 18.70 | 7.79 | 0.0015;
without centroid start 19.85 | 7.41; without matching 20.42 | 7.31.

The reverse KL is of the classes that a classifier of CIFAR-10 names: give one as `--embedder`, or `classifier` to train
one on the data. TF-GAN's Inception (the default) measures FID and IS only.

Departures: no flips, no noise on the images; latents and labels are drawn anew for the generator's update.
"""

from tfgan_suite.runs import cli
from tfgan_suite.runs.image_comparison import run as run_study
from tfgan_suite.runs.image_study import load_images_of, measure_images
from tfgan_suite.runs.self_conditioned.study import ComparisonSettings, self_conditioned_study

TABLE_2 = {  # method -> (FID, IS, reverse KL of classes)
    "gan": (31.90, 6.93, 0.0132),
    "pacgan2": (31.71, 7.03, 0.0124),
    "pacgan3": (32.66, 6.96, 0.0123),
    "pacgan4": (34.96, 6.99, 0.0149),
    "logo_gan_ae": (32.49, 7.05, 0.0106),
    "logo_gan_rc": (30.91, 7.04, 0.0103),
    "random_labels": (31.14, 6.64, 0.0157),
    "online": (32.45, 6.68, 0.0158),
    "supervised_start": (21.14, 7.61, 0.0017),
    "self_conditioned": (18.70, 7.79, 0.0015),
    "class_conditional": (30.03, 7.44, 0.0076),
    "no_start": (19.85, 7.41, None),
    "no_matching": (20.42, 7.31, None),
}
HEADS = {"fid": ("FID", 1.0), "inception_score": ("IS", 1.0), "reverse_kl": ("Reverse KL of classes, nats", 1.0)}

PRESETS = {
    "smoke": ComparisonSettings(
        dataset="digits",
        image_size=32,
        num_filters=4,
        num_clusters=4,
        num_clustered=40,
        num_steps=2,
        batch_size=8,
        recluster_every_steps=1,
        embedder="pixels",
        evaluate_every_steps=2,
        sample_every_steps=2,
        reconstruct_every_steps=2,
        log_every_steps=1,
        checkpoint_every_steps=2,
        num_samples=40,
        num_trials=1,
    ),
    "demo": ComparisonSettings(
        dataset="digits",
        image_size=32,
        network="shallow",
        num_filters=32,
        num_clusters=20,
        num_clustered=1_000,
        num_steps=1_000,
        recluster_every_steps=250,
        embedder="classifier",
        evaluate_every_steps=250,
        sample_every_steps=250,
        reconstruct_every_steps=250,
        log_every_steps=50,
        checkpoint_every_steps=250,
        num_samples=2_000,
        num_trials=1,
    ),
    "paper": ComparisonSettings(),
}


STUDY = self_conditioned_study(
    recipe="selfcond_cifar",
    title="Self-conditioned GAN and its baselines",
    load=load_images_of,
    measure=measure_images,
    heads=HEADS,
    paper=TABLE_2,
    presets=PRESETS,
    best_of="fid",
    notes=(
        "The document's values are means over five trials at full length, FID and IS by the Inception network of 2015. "
        "Values of another embedder or length cannot be set against them.",
    ),
)


def run(settings: ComparisonSettings) -> None:
    """Runs the study."""
    run_study(settings, STUDY)


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
