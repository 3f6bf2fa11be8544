"""Reconstructs real images by a trained generator, to see which clusters of them it omits.

    python -m recipes.reconstruct saved_models/digits digits:test
    python -m recipes.reconstruct runs/cingan_cifar-paper/trial_0 cifar10:test --num-images 1000 --lpips lpips_alex.npz

Self-conditioned GAN, section 4.4.1, figures 5 and 6: an encoder learns to tell latents and class of generated images;
from its answers the latents are optimised for the pixels and the encoder's features of each real image. The mean
distance of images and reconstructions is given over all images and per cluster, the worst first; beside it, as the
bound of what the optimisation finds, that of as many generated images.

Takes any exported sampler or run folder of this project, without the code that trained it. Clusters: the images'
labels, or --cluster-ids. --lpips: a file as `tfgan_suite.metrics.embedders.lpips.load_lpips` describes; without it the
distance is that of pixels, the mean of |x - G(z)| in [-1, 1].

Expected (Places365, 50,000 images, LPIPS): 0.433 self-conditioned, 0.528 without. Departure: a small encoder.
"""

import dataclasses
from pathlib import Path
from typing import Any

from tfgan_suite.runs import cli

PICTURE = "reconstructions.png"
IMAGES_PER_CLUSTER, MAX_CLUSTERS_SHOWN = 8, 12
SMALLEST_SHOWN_PX = 32  # smaller images are enlarged by whole factors
NOTES = (
    "A large distance is a bound: the search may have ended in a local minimum. Compare with the distance of generated "
    "images, which the generator can make.",
)


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to reconstruct, and how."""

    source: Path
    """A run folder, or an exported sampler."""
    images: str
    """Real images: SOURCE, SOURCE:train, SOURCE:test or a part, as of recipes.evaluate."""
    num_images: int = 200
    """How many of them, drawn by the seed."""
    cluster_ids: Path | None = None
    """A .npy file of whole numbers, one for each of these images; default: the images' labels."""
    lpips: Path | None = None
    """Weights of LPIPS, .npz; default: distances of pixels."""
    encoder_steps: int = 2000
    """Of the encoder's training."""
    num_steps: int = 500
    """Of the optimisation of latents."""
    learning_rate: float = 0.05
    """Of that optimisation, in the latents' units."""
    batch_size: int = 64
    """Images at once."""
    seed: int = 0
    """Decides everything that is drawn at random."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length that images are brought to; default: the generator's, if it makes squares."""
    out: Path = Path("reconstruction")
    """Folder to make: report.html, reconstructions.png, reconstruction.npz."""


@dataclasses.dataclass(frozen=True)
class Real:
    """The images to reconstruct: uint8 [N, H, W, C]; their clusters int [N] or None, and what those are."""

    name: str
    images: Any
    cluster_ids: Any
    clusters_are: str

    @property
    def groups(self) -> Any:
        """Their clusters, or one for all."""
        import numpy as np

        return np.zeros(len(self.images), np.int64) if self.cluster_ids is None else self.cluster_ids


def run(settings: Settings) -> None:
    """Trains the encoder, reconstructs real and generated images, writes the folder."""
    from tfgan_suite.core.checks import require, require_positive

    require_positive(num_images=settings.num_images)
    free = not settings.out.exists() or (settings.out.is_dir() and not any(settings.out.iterdir()))
    require(free, "`--out` must be a new or empty folder", out=str(settings.out))
    from tfgan_suite.models.encoder_training import train_encoder
    from tfgan_suite.models.reconstruction import reconstruct
    from tfgan_suite.runs.experiment import told
    from tfgan_suite.runs.sampler_gan import SamplerGAN
    from tfgan_suite.runs.saved_sampler import SavedSampler

    sampler = SavedSampler.load(settings.source)
    gan, real = SamplerGAN(sampler), load_real(settings, sampler.image_shape)
    distance = load_distance(settings)
    with told(f"training the encoder, {settings.encoder_steps:,} steps") as progress:
        trained = train_encoder(
            gan, num_steps=settings.encoder_steps, batch_size=settings.batch_size, seed=settings.seed, progress=progress
        )
    options = {name: getattr(settings, name) for name in ("num_steps", "learning_rate", "batch_size", "seed")}
    generated = sampler.sample_uint8(len(real.images), seed=settings.seed + 1)
    guesses = reconstruct(gan, real.images, trained.encoder, **{**options, "num_steps": 0})
    found, distances = {}, {}
    for name, images in (("real", real.images), ("generated", generated)):
        with told(f"reconstructing {len(images):,} {name} images") as progress:
            found[name] = reconstruct(gan, images, trained.encoder, progress=progress, **options)
        distances[name] = measured(images, found[name], distance)
    settings.out.mkdir(parents=True, exist_ok=True)
    draw(settings.out / PICTURE, real, [guesses.images, found["real"].images], distances["real"])
    write(settings, settings.out, sampler, real, found["real"], distances, trained)
    print(f"Report: {settings.out / 'report.html'}")


def load_distance(settings: Settings) -> Any:
    """LPIPS, or None for pixels."""
    from tfgan_suite.metrics.embedders.lpips import load_lpips

    return None if settings.lpips is None else load_lpips(settings.lpips)


def load_real(settings: Settings, image_shape: tuple[int, int, int]) -> Real:
    """The images that the settings name, as many as they say, in the generator's shape."""
    import numpy as np

    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.image_sources import load_source

    height, width, channels = image_shape
    size = settings.image_size or (height if height == width else None)
    source = load_source(settings.images, data_dir=settings.data_dir, image_size=size, channels=channels)
    require(
        source.images.shape[1:] == image_shape,
        "the real images must have the generator's shape",
        "Give --image-size.",
        images=source.images.shape[1:],
        generator=image_shape,
    )
    ids, meaning = source.labels, "class"
    if settings.cluster_ids is not None:
        ids, meaning = np.load(settings.cluster_ids, allow_pickle=False), "cluster"
        require(
            ids.shape == (len(source.images),) and np.issubdtype(ids.dtype, np.integer) and ids.min() >= 0,
            "`--cluster-ids` must hold one whole number of at least 0 per image",
            shape=ids.shape,
            dtype=str(ids.dtype),
            num_images=len(source.images),
        )
    order = np.random.default_rng(settings.seed % 2**63).permutation(len(source.images))
    rows = np.sort(order[: settings.num_images])
    return Real(f"{source.name}, {source.split}", source.images[rows], None if ids is None else ids[rows], meaning)


def measured(images_uint8: Any, found: Any, distance: Any) -> Any:
    """The distance of each image to its reconstruction, float64 [N]."""
    from tfgan_suite.core.images import to_float

    return found.pixel_distance if distance is None else distance.measure(to_float(images_uint8), found.images)


def write(
    settings: Settings, folder: Path, sampler: Any, real: Real, found: Any, distances: dict[str, Any], trained: Any
) -> None:
    """The arrays and the report."""
    import numpy as np

    from tfgan_suite.metrics.functional.reconstruction import reconstruction_table
    from tfgan_suite.runs.reports.report import KeyNumber, Picture, write_report

    count = len(real.images)
    table = reconstruction_table(distances["real"], real.groups)
    control = reconstruction_table(distances["generated"], np.zeros(count, np.int64))
    save_arrays(folder / "reconstruction.npz", real, found, distances)
    what = "mean absolute difference of pixels in [-1, 1]" if settings.lpips is None else "LPIPS"
    accuracy = (
        []
        if trained.class_accuracy is None
        else [KeyNumber("F_c", trained.class_accuracy, "share of the labels of generated images found")]
    )
    write_report(
        folder,
        title=f"Reconstructions by {sampler.card['name']}",
        summary=f"{count:,} images of {real.name}, reconstructed by the generator. Distance: {what}, lower is better.",
        key_numbers=[
            KeyNumber("real images", table.mean, f"± {table.standard_error:.2g} standard error"),
            KeyNumber("generated images", control.mean, f"± {control.standard_error:.2g}, the bound of the search"),
            KeyNumber("F_z", trained.latent_error, "squared error of latents, share of their variance"),
            *accuracy,
        ],
        tables=[] if real.cluster_ids is None else [cluster_table(real, table)],
        images=[
            Picture(
                PICTURE,
                "Grid: real images, below each the encoder's guess, and below that its reconstruction.",
                "Real images, below each where the encoder starts the search and what the search makes of it; the "
                f"worst {real.clusters_are} on top.",
            )
        ],
        protocol={"distance": what, **{name: value for name, value in vars(settings).items() if name != "out"}},
        command=cli.command_line("recipes.reconstruct", settings),
        notes=NOTES,
    )


def save_arrays(path: Path, real: Real, found: Any, distances: dict[str, Any]) -> None:
    """Writes images, reconstructions (uint8), latents, labels, clusters and distances."""
    import numpy as np

    from tfgan_suite.core.files import write_whole
    from tfgan_suite.core.images import to_uint8

    arrays = {
        "images": real.images,
        "reconstructions": to_uint8(found.images),
        "latents": found.latents,
        "labels": found.labels,
        "cluster_ids": real.cluster_ids,
        "distances": distances["real"],
        "pixel_distances": found.pixel_distance,
        "generated_distances": distances["generated"],
    }
    with write_whole(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **{name: values for name, values in arrays.items() if values is not None})


def cluster_table(real: Real, table: Any) -> Any:
    """Every cluster, the worst first."""
    from tfgan_suite.runs.reports.report import Table

    columns = (
        table.worst_first,
        *(
            values[table.worst_first]
            for values in (table.cluster_means, table.cluster_standard_errors, table.cluster_sizes)
        ),
    )
    rows = [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    return Table("Distance per cluster", (real.clusters_are, "mean distance", "standard error", "images"), rows)


def draw(path: Path, real: Real, stages: Any, distances: Any) -> None:
    """Rows of real images of a cluster, and below them each stage of their search; the worst clusters and images first.

    Args:
        path: the PNG file to write.
        real: the images.
        stages: arrays of float images [N, H, W, C], from the first guess to the reconstruction.
        distances: float [N], of the last stage.
    """
    import numpy as np

    from tfgan_suite.core.images import image_grid, rows_of_stages, save_png, to_uint8
    from tfgan_suite.metrics.functional.reconstruction import reconstruction_table

    rows = []
    shown = [real.images, *map(to_uint8, stages)]
    for cluster in reconstruction_table(distances, real.groups).worst_first[:MAX_CLUSTERS_SHOWN]:
        members = np.flatnonzero(real.groups == cluster)
        members = members[np.argsort(-distances[members], kind="stable")][:IMAGES_PER_CLUSTER]
        rows.append(rows_of_stages([images[members] for images in shown], IMAGES_PER_CLUSTER))
    grid = image_grid(np.concatenate(rows), IMAGES_PER_CLUSTER)
    grid = grid if grid.shape[-1] in (1, 3) else grid[..., :1]
    save_png(path, grid, -(-SMALLEST_SHOWN_PX // min(real.images.shape[1:3])))


if __name__ == "__main__":
    cli.main(run, Settings, __doc__)
