"""Draws images from a run folder or an exported sampler: a PNG grid, PNG files or an .npz file.

    python -m recipes.sample saved_models/digits
    python -m recipes.sample saved_models/digits --labels 0 1 2 --num-images 24 --out digits.png
    python -m recipes.sample runs/cingan_cifar-demo --num-images 1000 --out samples.npz
    python -m recipes.sample runs/cingan_cifar-demo --out samples

With labels, the images are shared out evenly, class after class. The same seed gives the same images. With a prior made
of Gaussians, `--sigma 0.5` draws better and less varied images, `--sigma 2` the opposite (MM-GAN thesis, section 4.3);
the labels of an MM-GAN are its Gaussians.
Needs neither the data set nor the code that trained the sampler.
"""

import dataclasses
from pathlib import Path
from typing import Any

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.runs import cli

SMALLEST_SHOWN_PX = 48  # in a grid, smaller images are enlarged by whole factors


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to draw, and where to."""

    source: Path
    """A run folder, or an exported sampler (a folder with saved_model.pb and card.json)."""
    num_images: int = 64
    """How many images."""
    labels: tuple[int, ...] = ()
    """Classes to draw. None given: as in training."""
    seed: int = 0
    """The same seed gives the same images."""
    sigma: float = 1.0
    """A factor of the prior's covariances, above 0."""
    out: Path = Path("samples.png")
    """NAME.png: one grid. NAME.npz: arrays images (uint8), labels, seed. Without suffix: a folder of PNG files."""
    columns: int = 8
    """Images per row of the grid."""


def run(settings: Settings) -> None:
    """Checks the options before TensorFlow is loaded, draws, writes."""
    kind = output_kind(settings.out)
    require_positive(num_images=settings.num_images, columns=settings.columns, sigma=settings.sigma)
    labels = shared_out(settings.labels, settings.num_images) if settings.labels else None

    from tfgan_suite.runs.saved_sampler import SavedSampler

    sampler = SavedSampler.load(settings.source)
    channels = sampler.image_shape[-1]
    require(kind == "npz" or channels in (1, 3), "A PNG file has 1 or 3 channels", "Use --out NAME.npz.", got=channels)
    latents, labels = sampler.draw_inputs(settings.num_images, labels, settings.seed, settings.sigma)
    images = sampler.generate_uint8(latents, labels)
    {"grid": write_grid, "npz": write_npz, "folder": write_folder}[kind](settings, images, labels)
    print(f"{len(images)} images of {sampler.card['name']}, seed {settings.seed}: {settings.out}")


def output_kind(out: Path) -> str:
    """ "grid", "npz" or "folder", by the suffix of `out`.

    Raises:
        ValueError: another suffix, a folder that is not empty, or a folder where a file shall be.
    """
    kind = {".png": "grid", ".npz": "npz", "": "folder"}.get(out.suffix.lower())
    require(kind is not None, "`--out` must end in .png or .npz, or have no suffix (a folder)", out=str(out))
    if kind == "folder":
        empty = not out.exists() or (out.is_dir() and not any(out.iterdir()))
        require(empty, "The folder for PNG files must be new or empty", "Choose another --out.", out=str(out))
    else:
        require(not out.is_dir(), "`--out` must not be a folder if it ends in .png or .npz", out=str(out))
    return kind


def shared_out(labels: tuple[int, ...], num_images: int) -> list[int]:
    """One label per image: the classes in their order, each as often as the others, or once more."""
    require(
        len(labels) <= num_images,
        "`--num-images` must be at least the number of labels",
        num_images=num_images,
        num_labels=len(labels),
    )
    return [labels[index * len(labels) // num_images] for index in range(num_images)]


def write_grid(settings: Settings, images: Any, labels: Any) -> None:
    """All images in one PNG file."""
    from tfgan_suite.core.images import image_grid, save_png

    scale = -(-SMALLEST_SHOWN_PX // min(images.shape[1:3]))
    save_png(settings.out, image_grid(images, settings.columns, gap_px=1 if scale > 1 else 2), scale)


def write_npz(settings: Settings, images: Any, labels: Any) -> None:
    """Arrays `images` uint8 [N, H, W, C], `labels` int32 [N] (of a conditional sampler), `seed`."""
    import numpy as np

    from tfgan_suite.core.files import write_whole

    arrays = {"images": images, "seed": settings.seed, **({} if labels is None else {"labels": labels})}
    with write_whole(settings.out) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)


def write_folder(settings: Settings, images: Any, labels: Any) -> None:
    """One PNG file per image: 000.png, or 000_class3.png."""
    from tfgan_suite.core.folders import write_whole_folder
    from tfgan_suite.core.images import save_png

    digits = max(3, len(str(len(images) - 1)))
    with write_whole_folder(settings.out) as folder:
        for index, image in enumerate(images):
            ending = "" if labels is None else f"_class{labels[index]}"
            save_png(folder / f"{index:0{digits}d}{ending}.png", image)


if __name__ == "__main__":
    cli.main(run, Settings, __doc__)
