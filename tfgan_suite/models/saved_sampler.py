"""Writes a GAN's generator as a SavedModel that draws images by itself, in plain TensorFlow.

The SavedModel holds the weights that samples are drawn from (the averaged ones if the GAN keeps them), the prior and
the label distribution; no discriminator, no optimizer. `runs.saved_sampler` reads it; so does `tf.saved_model.load` in
a process that knows nothing of this project.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.core.files import write_text
from tfgan_suite.core.folders import write_whole_folder
from tfgan_suite.core.images import to_uint8
from tfgan_suite.models.sampler_card import card_json, card_readme, sampler_card
from tfgan_suite.models.sampler_module import SamplerModule


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
        ValueError: `path` is something else than an older sampler or an empty folder.
        FloatingPointError: the generator makes values that are not finite.
        OSError: writing failed, such as on a full disk.
        RuntimeError: the SavedModel does not make the images of `gan.sample`.
    """
    path = Path(path)
    usable = not path.exists() or (path.is_dir() and (not any(path.iterdir()) or (path / "saved_model.pb").exists()))
    require(usable, "`path` must be new, an empty folder or an older sampler", "Choose another.", path=str(path))
    module = SamplerModule(gan)
    with write_whole_folder(path) as folder:
        try:
            tf.saved_model.save(module, str(folder), signatures=module.functions)
        except tf.errors.OpError as error:
            raise OSError(f"The sampler could not be written to {path}: {error.message}") from error
        check_saved_sampler(gan, folder)
        full_card = {**sampler_card(gan, path.absolute().name), **(card or {})}
        write_text(folder / "card.json", card_json(full_card))
        write_text(folder / "README.md", card_readme(full_card))
    return path


def check_saved_sampler(gan: Any, folder: str | os.PathLike) -> None:
    """Loads a SavedModel and compares its images, and their uint8 twins, with those of `gan.sample`.

    Raises:
        FloatingPointError: values that are not finite.
        RuntimeError: an image differs by more than 1e-5; by more than 0.02 where rounding differs between two compiled
            functions, that is in 16-bit arithmetic and on accelerators.
    """
    sampler = tf.saved_model.load(str(folder))
    seed, num_images = 3, 4
    pairs = {"sample": (gan.sample(num_images, seed=seed), (num_images, seed))}
    if gan.num_classes is not None:
        labels = [index % gan.num_classes for index in range(num_images)]
        pairs["sample_class"] = (gan.sample(num_images, labels, seed), (labels, seed))
    in_16_bit = any(tf.as_dtype(layer.compute_dtype).size < 4 for layer in gan.generator.layers)
    exact = not in_16_bit and not tf.config.list_logical_devices("GPU")
    for name, (expected, arguments) in pairs.items():
        if not np.isfinite(expected).all():
            raise FloatingPointError("The generator makes values that are not finite, so it is not exported.")
        images = getattr(sampler, name)(*arguments)["images"].numpy()
        pixels = getattr(sampler, f"{name}_uint8")(*arguments)["images"].numpy().astype(int)
        error = np.abs(images - expected).max()
        pixel_error = np.abs(pixels - to_uint8(expected)).max()
        if not (error <= (1e-5 if exact else 0.02) and pixel_error <= (1 if exact else 3)):
            raise RuntimeError(
                f"The exported `{name}` does not make the images of the GAN: "
                f"they differ by {error} in [-1, 1] and {pixel_error} in 0..255. Nothing was exported."
            )
