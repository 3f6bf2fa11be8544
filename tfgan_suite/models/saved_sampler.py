"""Writes a GAN's generator as a SavedModel that draws images by itself, in plain TensorFlow.

The SavedModel holds the weights that samples are drawn from (the averaged ones if the GAN keeps them), the prior and
the label distribution; no discriminator, no optimizer. `runs.saved_sampler` reads it; so does `tf.saved_model.load` in
a process that knows nothing of this project.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.core.files import write_text
from tfgan_suite.core.folders import write_whole_folder
from tfgan_suite.core.images import to_uint8
from tfgan_suite.models.sampler_card import card_json, card_readme, sampler_card
from tfgan_suite.models.sampler_module import SamplerModule, gaussian_prior


def export_sampler(gan: Any, path: str | os.PathLike, card: Mapping[str, Any] | None = None) -> Path:
    """Writes the sampler of `gan` as a SavedModel with a card (`card.json`) and a README, whole or not at all.

    Before it takes its name, the SavedModel is loaded and its images are compared with those of `gan.sample`.

    Args:
        gan: the GAN.
        path: folder to make. An older sampler there is replaced.
        card: what to add to the card, JSON values; see `sampler_card.sampler_card`.

    Returns:
        `path`.

    Raises:
        ValueError: `path` is something else than an older sampler or an empty folder; a card that JSON cannot hold.
        FloatingPointError: the generator makes values that are not finite.
        OSError: writing failed, such as on a full disk.
        RuntimeError: the SavedModel does not make the images of `gan.sample`.
    """
    path = checked_export_path(path)
    full_card = {**sampler_card(gan, path.absolute().name), **(card or {})}
    card_text = card_json(full_card)
    drawn = draw_for_check(gan)
    module = SamplerModule(gan)
    with write_whole_folder(path) as folder:
        save_functions(module, folder, path)
        check_saved_sampler(folder, drawn, rounds_exactly(gan))
        write_text(folder / "card.json", card_text)
        write_text(folder / "README.md", card_readme(full_card))
    return path


def checked_export_path(path: str | os.PathLike) -> Path:
    """`path`, to which a SavedModel may be written.

    Raises:
        ValueError: it is something else than an older SavedModel or an empty folder.
    """
    path = Path(path)
    usable = not path.exists() or (path.is_dir() and (not any(path.iterdir()) or (path / "saved_model.pb").exists()))
    require(usable, "`path` must be new, an empty folder or an older sampler", "Choose another.", path=str(path))
    return path


def save_functions(module: Any, folder: Path, path: Path) -> None:
    """Saves a module with its `functions` as signatures into `folder`, which is to become `path`.

    Raises:
        OSError: writing failed.
    """
    try:
        tf.saved_model.save(module, str(folder), signatures=module.functions)
    except tf.errors.OpError as error:
        raise OSError(f"The sampler could not be written to {path}: {error.message}") from error


NUM_CHECKED = 4
"""Images by which an export is compared with its model."""


class Drawn(NamedTuple):
    """A call of a sampler's function, and the images that the GAN makes for it."""

    function: str
    arguments: tuple
    images: np.ndarray


def draw_for_check(gan: Any) -> list[Drawn]:
    """Images of the GAN to compare an export with.

    Raises:
        FloatingPointError: they hold values that are not finite.
    """
    num_images, seed = NUM_CHECKED, 3
    drawn = [Drawn("sample", (num_images, seed), gan.sample(num_images, seed=seed))]
    if gan.num_classes is not None:
        labels = [index % gan.num_classes for index in range(num_images)]
        drawn.append(Drawn("sample_class", (labels, seed), gan.sample(num_images, labels, seed)))
    if gaussian_prior(gan):
        drawn.append(Drawn("sample_sigma", (num_images, seed, 0.5), gan.sample(num_images, seed=seed, sigma=0.5)))
    if hasattr(gan.prior, "num_gaussians"):
        gaussians = [index % gan.prior.num_gaussians for index in range(num_images)]
        images = gan.sample_gaussian(gaussians, seed, sigma=0.5)
        drawn.append(Drawn("sample_gaussian", (gaussians, seed, 0.5), images))
    if not all(np.isfinite(each.images).all() for each in drawn):
        raise FloatingPointError("The generator makes values that are not finite, so it is not exported.")
    return drawn


def check_saved_sampler(folder: str | os.PathLike, drawn: list[Drawn], exact: bool) -> None:
    """Loads a SavedModel and compares its images, and their uint8 twins, with those of the GAN.

    Args:
        folder: the SavedModel.
        drawn: what `draw_for_check` returned.
        exact: whether images may differ by 1e-5 only; else by 0.02, since between two compiled functions the rounding
            differs in 16-bit arithmetic and on accelerators.

    Raises:
        RuntimeError: an image differs by more.
    """
    sampler = tf.saved_model.load(str(folder))
    for name, arguments, expected in drawn:
        images = getattr(sampler, name)(*arguments)["images"].numpy()
        pixels = getattr(sampler, f"{name}_uint8")(*arguments)["images"].numpy().astype(int)
        error = np.abs(images - expected).max()
        pixel_error = np.abs(pixels - to_uint8(expected)).max()
        if not (error <= (1e-5 if exact else 0.02) and pixel_error <= (1 if exact else 3)):
            raise RuntimeError(
                f"The exported `{name}` does not make the images of the GAN: "
                f"they differ by {error} in [-1, 1] and {pixel_error} in 0..255. Nothing was exported."
            )


def rounds_exactly(gan: Any) -> bool:
    """Whether the generator computes in float32 or better, on a CPU."""
    in_16_bit = any(tf.as_dtype(layer.compute_dtype).size < 4 for layer in gan.generator.layers)
    return not in_16_bit and not tf.config.list_logical_devices("GPU")
