"""Self-conditioned GAN on large images: residual networks and R1 (self-conditioned GAN paper, section 4.4, table 3).

    python -m recipes.selfcond_images --preset demo    # scikit-learn's digits at 64 pixels
    python -m recipes.selfcond_images --dataset FOLDER --image-size 128

Any folder of images or TFDS name, at 64, 128 or 256 pixels. The paper's runs on Places365 and ImageNet take 200,000
steps with 128 images each: days on a GPU.

Expected (table 3, FID | IS at 128 pixels): Places365 9.76 | 8.82, ImageNet 41.76 | 14.96.

Departures: no flips, no noise on the images; latents and labels are drawn anew for the generator's update.
"""

import dataclasses

from tfgan_suite.runs import cli
from tfgan_suite.runs.image_comparison import run as run_study
from tfgan_suite.runs.image_study import load_images_of, measure_images
from tfgan_suite.runs.self_conditioned.study import ComparisonSettings, self_conditioned_study

TABLE_3 = {"self_conditioned": (9.76, 8.82)}  # Places365
HEADS = {"fid": ("FID", 1.0), "inception_score": ("IS", 1.0)}

_LARGE = ComparisonSettings(
    dataset="places365_small",
    image_size=128,
    methods=("self_conditioned",),
    network="resnet",
    num_clustered=50_000,
    recluster_every_steps=75_000,
    num_steps=200_000,
    batch_size=128,
    r1_weight=0.1,
    average_decay=0.999,
    num_trials=1,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _LARGE,
        dataset="digits",
        image_size=64,
        num_filters=2,
        num_clusters=3,
        num_clustered=16,
        num_steps=1,
        batch_size=2,
        recluster_every_steps=1,
        embedder="pixels",
        evaluate_every_steps=1,
        sample_every_steps=1,
        log_every_steps=1,
        checkpoint_every_steps=1,
        num_samples=10,
    ),
    "demo": dataclasses.replace(  # on so few images and steps a higher rate than the paper's
        _LARGE,
        dataset="digits",
        image_size=64,
        num_filters=8,
        num_clusters=20,
        num_clustered=1_000,
        num_steps=600,
        batch_size=16,
        learning_rate=5e-4,
        recluster_every_steps=200,
        average_decay=None,
        embedder="classifier",
        evaluate_every_steps=200,
        sample_every_steps=200,
        reconstruct_every_steps=200,
        log_every_steps=20,
        checkpoint_every_steps=200,
        num_samples=1_000,
    ),
    "paper": _LARGE,
}


STUDY = self_conditioned_study(
    recipe="selfcond_images",
    title="Self-conditioned GAN on large images",
    load=load_images_of,
    measure=measure_images,
    heads=HEADS,
    paper=TABLE_3,
    presets=PRESETS,
    best_of="fid",
    notes=("The document's values are those of Places365; on ImageNet FID 41.76 and IS 14.96.",),
)


def run(settings: ComparisonSettings) -> None:
    """Runs the study."""
    run_study(settings, STUDY)


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
