"""The card of an exported sampler: what it is, what it serves, how it was made; as JSON and as a README."""

import json
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.sampler_format import SAMPLER_FORMAT
from tfgan_suite.models.sampler_module import gaussian_prior, interpolates_on_sphere


def sampler_card(gan: Any, name: str) -> dict[str, Any]:
    """What the GAN itself knows.

    A run adds, all optional: "class_names" (list), "made_by" (what -> how, both text), "metrics" (name -> number) and
    "protocol" (of the metrics, name -> value).

    Returns:
        JSON values: "format", "name", "model", "image_shape", "latent_dim", "prior", "interpolation", "num_classes",
        "num_gaussians", "class_names", "label_probs", "num_steps", "average_decay", "num_parameters", "functions",
        "versions", "made_by", "metrics", "protocol".
    """
    num_classes = gan.num_classes
    label_probs = None if num_classes is None else np.round(gan.label_probs.numpy().astype(float), 6).tolist()
    return {
        "format": SAMPLER_FORMAT,
        "name": name,
        "model": type(gan).__name__,
        "image_shape": [int(size) for size in gan.generator.output_shape[1:]],
        "latent_dim": int(gan.latent_dim),
        "prior": type(gan.prior).__name__,
        "interpolation": "spherical" if interpolates_on_sphere(gan) else "linear",
        "num_classes": num_classes,
        "num_gaussians": getattr(gan.prior, "num_gaussians", None),
        "class_names": None,
        "label_probs": label_probs,
        "num_steps": int(gan.num_steps.numpy()),
        "average_decay": gan.average_decay,
        "num_parameters": int(gan.generator.count_params()),
        "functions": describe_functions(gan),
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "made_by": {},
        "metrics": {},
        "protocol": {},
    }


def describe_functions(gan: Any) -> dict[str, dict[str, Any]]:
    """Name -> {"does", "inputs", "outputs"} of every function of the sampler of `gan`."""
    size = int(gan.latent_dim)
    shape = ", ".join(map(str, gan.generator.output_shape[1:]))
    conditional = gan.num_classes is not None
    seeds = "int64 []"
    labels = {"labels": f"int32 [n], in [0, {gan.num_classes})"} if conditional else {}
    label = {"label": f"int32 [], in [0, {gan.num_classes})"} if conditional else {}
    drawn = {"labels": "int32 [n]"} if conditional else {}
    by_rows, by_steps = ({"images": f"float32 [{rows}, {shape}]"} for rows in ("n", "num_steps"))
    num_images, num_steps = {"num_images": "int32 [], at least 1"}, {"num_steps": "int32 [], at least 2"}

    def function(does: str, inputs: dict[str, str], outputs: dict[str, str]) -> dict[str, Any]:
        return {"does": does, "inputs": inputs, "outputs": outputs}

    functions = {
        "sample": function(
            "draws images" + (", labels as in training" if conditional else ""),
            {**num_images, "seed": seeds},
            {**by_rows, **drawn},
        ),
        "sample_class": function("draws an image of each label", {**labels, "seed": seeds}, by_rows),
        "generate": function("makes images of latents", {"latents": f"float32 [n, {size}]", **labels}, by_rows),
        "interpolate": function(
            "goes from image 0 of one seed to that of another",
            {"seed": seeds, "end_seed": seeds, **num_steps, **label},
            by_steps,
        ),
        "interpolate_latents": function(
            "goes from one latent to another",
            {"start": f"float32 [{size}]", "end": f"float32 [{size}]", **num_steps, **label},
            by_steps,
        ),
        "draw_inputs": function(
            "draws what `sample` makes images of",
            {**num_images, "seed": seeds},
            {"latents": f"float32 [n, {size}]", **drawn},
        ),
    }
    if not conditional:
        del functions["sample_class"]
    sigma = {"sigma": "float32 [], above 0"}
    if gaussian_prior(gan):
        for name in ("sample", "draw_inputs"):
            plain = functions[name]
            functions[f"{name}_sigma"] = function(
                f"as `{name}`, with the prior's covariances times sigma", {**plain["inputs"], **sigma}, plain["outputs"]
            )
    if hasattr(gan.prior, "num_gaussians"):
        gaussians = {"gaussians": f"int32 [n], in [0, {gan.prior.num_gaussians})", "seed": seeds, **sigma}
        functions["sample_gaussian"] = function("draws an image of each Gaussian of the prior", gaussians, by_rows)
        functions["draw_inputs_gaussian"] = function(
            "draws what `sample_gaussian` makes images of", gaussians, functions["draw_inputs"]["outputs"]
        )
    return functions


def card_json(card: Mapping[str, Any]) -> str:
    """The card as JSON text.

    Raises:
        ValueError: a value that JSON cannot hold, or a number that is not finite.
    """
    try:
        return json.dumps(card, indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        message = f"The card must hold finite numbers, text, lists and dictionaries only ({error})."
        raise ValueError(message) from error


def card_readme(card: Mapping[str, Any]) -> str:
    """The README of an exported sampler, Markdown."""
    shape = card["image_shape"]
    conditional = card["num_classes"] is not None
    call = "sample_class_uint8(labels=[0, 1, 2], seed=0)" if conditional else "sample_uint8(num_images=3, seed=0)"
    if conditional and card["num_classes"] < 3:
        call = "sample_class_uint8(labels=[0, 0, 0], seed=0)"
    command = "python -m recipes.sample FOLDER --num-images 64" + (" --labels 0" if conditional else "")
    sections = [
        f"# {card['name']}",
        f"A sampler: the generator of a {card['model']} after {card['num_steps']:,} generator steps, as a TensorFlow "
        f"SavedModel. It makes images {shape}"
        + (f" of {card['num_classes']} classes" if conditional else "")
        + ". It needs TensorFlow and nothing else:",
        "```python\nimport tensorflow as tf\n\n"
        'sampler = tf.saved_model.load(".")  # this folder\n'
        f'images = sampler.{call}["images"]  # uint8 {[3, *shape]}\n```',
        f"With tfgan_suite installed: `{command}`",
        "## Functions",
        _functions_text(card),
        "## How it was made",
        _table(("what", "how"), {**_facts(card), **card["made_by"]}),
        "## Numbers",
        _numbers_text(card),
    ]
    return "\n\n".join(sections) + "\n"


def _functions_text(card: Mapping[str, Any]) -> str:
    rows = [
        f"| `{name}` | {about['does']} | {_inputs(about['inputs'])} | {_inputs(about['outputs'])} |"
        for name, about in card["functions"].items()
    ]
    return "\n".join(
        [
            "| function | what it does | inputs | outputs |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            "Each is also a signature of the same name. Every function that returns images has a twin `NAME_uint8` "
            "with pixels in 0..255; the others are in [-1, 1]. The same seed gives the same images, and image i of a "
            "seed is the same however many are drawn. Normalisation layers are frozen. Interpolation is "
            f"{card['interpolation']}. A number below its minimum, a class out of range or a wrong shape raises "
            "`tf.errors.InvalidArgumentError` with the rule. Keep what `load` returns in a variable: its functions "
            "do not keep its weights alive. For thousands of images call `draw_inputs` once and `generate` on parts.",
        ]
    )


def _inputs(values: Mapping[str, str]) -> str:
    return "<br>".join(f"`{name}` {kind}" for name, kind in values.items())


def _facts(card: Mapping[str, Any]) -> dict[str, Any]:
    decay = card["average_decay"]
    return {
        "model": card["model"],
        "generator steps": f"{card['num_steps']:,}",
        "parameters": f"{card['num_parameters']:,}",
        "weights": "as trained" if decay is None else f"moving average with decay {decay}",
        "latents": f"{card['latent_dim']}, {card['prior']}",
        **({"classes": ", ".join(map(str, card["class_names"]))} if card["class_names"] else {}),
        "versions": ", ".join(f"{name} {version}" for name, version in card["versions"].items()),
    }


def _numbers_text(card: Mapping[str, Any]) -> str:
    if not card["metrics"]:
        return "Not measured."
    numbers = {name: f"{value:.6g}" if isinstance(value, float) else value for name, value in card["metrics"].items()}
    text = _table(("metric", "value"), numbers)
    return f"{text}\n\nTheir protocol:\n\n{_table(('what', 'how'), card['protocol'])}" if card["protocol"] else text


def _table(head: tuple[str, str], rows: Mapping[str, Any]) -> str:
    lines = [f"| {' | '.join(head)} |", "| --- | --- |"]
    for name, value in rows.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else value
        lines.append(f"| {name} | {str(shown).replace('|', chr(92) + '|')} |")
    return "\n".join(lines)
