"""Writes a ModNet as a SavedModel that modifies images by itself, in plain TensorFlow.

The SavedModel holds the weights that images are modified by (the averaged ones if the model keeps them); no
discriminator, no classifier, no optimizer. `tf.saved_model.load` reads it in a process that knows nothing of this
project.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.files import write_text
from tfgan_suite.core.folders import write_whole_folder
from tfgan_suite.models.modifier_module import ModifierModule
from tfgan_suite.models.sampler_card import card_json
from tfgan_suite.models.saved_sampler import (
    NUM_CHECKED,
    Drawn,
    check_saved_sampler,
    checked_export_path,
    rounds_exactly,
    save_functions,
)

MODIFIER_FORMAT = "tfgan_suite modifier 1"
"""Marks the `card.json` of an exported ModNet."""


def export_modifier(modnet: Any, path: str | os.PathLike, card: Mapping[str, Any] | None = None) -> Path:
    """Writes a `ModNet` as a SavedModel with a card (`card.json`) and a README, whole or not at all.

    Functions and signatures: `modify(images, target_labels)` -> {"images"}, its twin `modify_uint8` with pixels in
    0..255, and `delta(images, target_labels)` -> {"deltas"}; images float32 [n, H, W, C] in [-1, 1], labels int32 [n].
    Bad input raises `tf.errors.InvalidArgumentError` with the rule. Before it takes its name, the SavedModel is loaded
    and compared with `modnet.modify` and `modnet.delta`.

    Args:
        modnet: the `ModNet`.
        path: folder to make. An older SavedModel there is replaced.
        card: what to add to the card, JSON values, such as "class_names", "made_by" and "metrics".

    Returns:
        `path`.

    Raises:
        ValueError: `path` is something else than an older SavedModel or an empty folder; a card that JSON cannot hold.
        FloatingPointError: the generator makes values that are not finite.
        OSError: writing failed, such as on a full disk.
        RuntimeError: the SavedModel does not do what the model does.
    """
    path = checked_export_path(path)
    full_card = {**modifier_card(modnet, path.absolute().name), **(card or {})}
    card_text = card_json(full_card)
    images, targets = inputs_for_check(modnet)
    modified, deltas = modnet.modify(images, targets), modnet.delta(images, targets)
    if not (np.isfinite(modified).all() and np.isfinite(deltas).all()):
        raise FloatingPointError("The generator makes values that are not finite, so it is not exported.")
    module = ModifierModule(modnet)
    with write_whole_folder(path) as folder:
        save_functions(module, folder, path)
        check_saved_modifier(folder, images, targets, modified, deltas, rounds_exactly(modnet))
        write_text(folder / "card.json", card_text)
        write_text(folder / "README.md", modifier_readme(full_card))
    return path


def inputs_for_check(modnet: Any) -> tuple[np.ndarray, np.ndarray]:
    """Noise float32 [N, H, W, C] in [-1, 1] and target labels to compare an export with."""
    shape = modnet.generator.output_shape[1:]
    images = np.random.default_rng(0).uniform(-1, 1, (NUM_CHECKED, *shape)).astype(np.float32)
    return images, (np.arange(NUM_CHECKED) % modnet.num_classes).astype(np.int32)


def check_saved_modifier(
    folder: Path, images: np.ndarray, targets: np.ndarray, modified: np.ndarray, deltas: np.ndarray, exact: bool
) -> None:
    """Loads a SavedModel and compares what it makes of images with what the model made.

    Raises:
        RuntimeError: a value differs by more than 1e-5, or 0.02 if not `exact`; see `check_saved_sampler`.
    """
    check_saved_sampler(folder, [Drawn("modify", (images, targets), modified)], exact)
    modifier = tf.saved_model.load(str(folder))
    error = np.abs(modifier.delta(images, targets)["deltas"].numpy() - deltas).max()
    if not error <= (1e-5 if exact else 0.02):
        raise RuntimeError(f"The exported `delta` differs from the model's by {error}. Nothing was exported.")


def modifier_card(modnet: Any, name: str) -> dict[str, Any]:
    """What the model itself knows, as JSON values; "class_names", "made_by" and "metrics" are for the user to add."""
    shape = [int(size) for size in modnet.generator.output_shape[1:]]
    inputs = {
        "images": f"float32 {['n', *shape]}, in [-1, 1]".replace("'", ""),
        "target_labels": f"int32 [n], in [0, {modnet.num_classes})",
    }
    described = {
        "modify": ("changes images towards their target labels", "images", "float32", "in [-1, 1]"),
        "modify_uint8": ("as `modify`, with pixels", "images", "uint8", "in 0..255"),
        "delta": ("what `modify` adds to images before it bounds the sum", "deltas", "float32", "in [-1, 1]"),
    }
    functions = {
        function: {"does": does, "inputs": inputs, "outputs": {key: f"{kind} {shape}, {span}"}}
        for function, (does, key, kind, span) in described.items()
    }
    return {
        "format": MODIFIER_FORMAT,
        "name": name,
        "model": type(modnet).__name__,
        "image_shape": shape,
        "num_classes": int(modnet.num_classes),
        "bounding": modnet.bounding,
        "class_names": None,
        "num_steps": int(modnet.num_steps.numpy()),
        "average_decay": modnet.average_decay,
        "num_parameters": int(modnet.generator.count_params()),
        "functions": functions,
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "made_by": {},
        "metrics": {},
    }


def modifier_readme(card: Mapping[str, Any]) -> str:
    """The README of an exported ModNet, Markdown."""
    functions = [
        f"- `{name}` {about['does']}. Inputs: "
        + "; ".join(f"`{key}` {kind}" for key, kind in about["inputs"].items())
        + ". Outputs: "
        + "; ".join(f"`{key}` {kind} for each image" for key, kind in about["outputs"].items())
        + "."
        for name, about in card["functions"].items()
    ]
    facts = {
        "bounding of image + delta": card["bounding"],
        "train steps": f"{card['num_steps']:,}",
        "parameters": f"{card['num_parameters']:,}",
        "classes": ", ".join(map(str, card["class_names"])) if card["class_names"] else card["num_classes"],
        **card["versions"],
        **card["made_by"],
        **card["metrics"],
    }
    sections = [
        f"# {card['name']}",
        f"The generator of a {card['model']} after {card['num_steps']:,} train steps, as a TensorFlow SavedModel. It "
        f"changes images {card['image_shape']} so that a classifier sees one of {card['num_classes']} other classes. "
        "It needs TensorFlow and nothing else:",
        '```python\nimport tensorflow as tf\n\nmodifier = tf.saved_model.load(".")  # this folder\n'
        'modified = modifier.modify(images, target_labels)["images"]  # images in [-1, 1]: x / 127.5 - 1\n```',
        "## Functions",
        "\n".join(functions),
        "Each is also a signature of the same name. What becomes of an image does not depend on the others. A wrong "
        "shape, a label out of range, or images outside of [-1, 1] raise `tf.errors.InvalidArgumentError` with the "
        "rule. Keep what `load` returns in a variable: its functions do not keep its weights alive.",
        "## Facts",
        "\n".join(["| what | value |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in facts.items())]),
    ]
    return "\n\n".join(sections) + "\n"
