"""Exports a run's GAN: the sampler, with a card that tells what the run knows of it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfgan_suite.metrics.protocol import Protocol
from tfgan_suite.runs.folder import RunFolder


def export_run(
    gan: Any,
    path: str | os.PathLike,
    *,
    images: Any,
    command: str,
    metrics: Mapping[str, float] | None = None,
    protocol: Protocol | Mapping[str, Any] | None = None,
    name: str | None = None,
    **made_by: Any,
) -> Path:
    """Writes the sampler of `gan` to the folder `path` with a full card and README; see `GAN.export`.

    Args:
        gan: the trained GAN.
        path: folder to make; an older sampler there is replaced.
        images: the `Images` that it was trained on; their name, size, count, resize and class names go into the card.
        command: shell command that makes this sampler again.
        metrics: last measured values, name -> number.
        protocol: how these were measured: a `Protocol`, or name -> value.
        name: of the sampler in the card; default: the folder's, from the run folder on: "my_run/seed_0".
        **made_by: further facts for the card, such as labels="16 clusters of pixels" or batch_size=64.

    Returns:
        `path`.

    Raises:
        ValueError: metrics without a protocol or not finite; else as `models.saved_sampler.export_sampler`.
    """
    if metrics and protocol is None:
        raise ValueError(f"`protocol` must be given with metrics. Received: metrics={dict(metrics)}, protocol=None.")
    facts = {
        "data": f"{images.name}, {images.num_images:,} images {list(images.image_shape)}",
        "resize": images.resize,
        "command": f"`{command}`",
        **{key.replace("_", " "): value for key, value in made_by.items()},
    }
    card = {
        "class_names": list(images.class_names) if images.class_names else None,
        "made_by": facts,
        "metrics": {key: float(value) for key, value in (metrics or {}).items()},
        "protocol": protocol.to_dict() if isinstance(protocol, Protocol) else dict(protocol or {}),
    }
    card["name"] = name or _name_of(Path(path).absolute())
    return gan.export(path, card)


def _name_of(path: Path) -> str:
    folder = path.parent if path.name == "saved_model" else path
    run = next((each for each in (folder, *folder.parents) if RunFolder(each).config.exists()), folder)
    return folder.relative_to(run.parent).as_posix()
