"""From two named sets of images to their metrics: load, embed, measure, and say how it was done."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.metrics.cached import cached_summary
from tfgan_suite.metrics.catalogue import METRICS
from tfgan_suite.metrics.embedders import DATA_EMBEDDERS, Embedder
from tfgan_suite.metrics.evaluation import Evaluation, chosen_metrics, measure
from tfgan_suite.metrics.functional import effective_num_neighbors, effective_subset_size, scales_for
from tfgan_suite.metrics.inputs import SSIM_WINDOW_PX, ImageSet, Inputs
from tfgan_suite.metrics.protocol import Protocol
from tfgan_suite.metrics.statistics_file import is_statistics_file, read_statistics
from tfgan_suite.metrics.summaries import Summary, summarise
from tfgan_suite.runs.evaluation_request import ALL, Request
from tfgan_suite.runs.experiment import embedder_for, told
from tfgan_suite.runs.image_sources import (
    ImageSource,
    draw_samples,
    is_sampler,
    load_source,
    sampler_image_shape,
    training_images,
)


@dataclasses.dataclass(frozen=True)
class _Sets:
    """The images of a request; `real` is None where only a file of statistics is given."""

    real: ImageSource | None
    fake: ImageSource
    train: ImageSource | None


def evaluate(request: Request) -> tuple[Evaluation, Summary]:
    """Measures what `request` asks for; returns the result and the summary of the real images.

    Raises:
        ValueError: unknown metrics, images or an embedder that cannot be loaded, shapes that differ, metrics that lack
            what they need; the sentence says what to do.
    """
    require(
        bool(request.real and request.fake),
        "`real` and `fake` must both be named",
        real=request.real,
        fake=request.fake,
    )
    names = METRICS if tuple(request.metrics) == ALL else request.metrics
    chosen_metrics(list(names))
    require_positive(num_fake=request.num_fake)
    require(request.num_resamples >= 0, "`num_resamples` must be at least 0", num_resamples=request.num_resamples)
    request = dataclasses.replace(request, image_size=request.image_size or _sampler_size(request.fake))
    embedder = _embedder(request)
    sets = _load(request)
    inputs = _embed(request, sets, embedder)
    names = [name for name in names if tuple(request.metrics) != ALL or not METRICS[name].missing(inputs)]
    with told(f"measuring {', '.join(names)}") as progress:
        values, intervals, notes = measure(
            inputs, names, num_resamples=request.num_resamples, told=lambda name: progress
        )
    return Evaluation(values, _protocol(request, sets, embedder, inputs, values), intervals, notes), inputs.real.summary


def _sampler_size(source: str) -> int | None:
    """Side length of a sampler's images; None for other sources, or if they are not square."""
    if not is_sampler(source):
        return None
    height, width, _ = sampler_image_shape(source)
    return height if height == width else None


def _embedder(request: Request) -> Embedder:
    """The embedder; those of `DATA_EMBEDDERS` are made for the data set of the real images."""
    how = {name: value for name in ("layer", "weights", "resize_mode") if (value := getattr(request, name))}
    if request.embedder not in DATA_EMBEDDERS:
        return embedder_for(None, request.embedder, **how)
    require(
        not is_statistics_file(request.real),
        f"the embedder '{request.embedder}' must be made from images, not from statistics",
        "Name the network of the statistics by `embedder`, as a path.",
        real=request.real,
    )
    images = training_images(request.real, data_dir=request.data_dir, image_size=request.image_size)
    return embedder_for(images, request.embedder, **how)


def _load(request: Request) -> _Sets:
    """The images, of one shape."""

    def source(name: str) -> ImageSource:
        if is_sampler(name):
            with told(f"drawing {request.num_fake:,} images of {name}"):
                return draw_samples(name, request.num_fake, request.metric.seed)
        return load_source(name, data_dir=request.data_dir, image_size=request.image_size)

    sets = _Sets(
        None if is_statistics_file(request.real) else source(request.real),
        source(request.fake),
        source(request.train) if request.train else None,
    )
    for name in ("real", "train"):
        other = getattr(sets, name)
        require(
            other is None or other.images.shape[1:] == sets.fake.images.shape[1:],
            f"the {name} and the generated images must have one shape",
            "Bring them to one size by `image_size`.",
            **({} if other is None else {name: other.images.shape[1:]}),
            fake=sets.fake.images.shape[1:],
        )
    return sets


def _embed(request: Request, sets: _Sets, embedder: Embedder) -> Inputs:
    """Every set's features; those of data sets come from the cache, those of samplers do not go there."""

    def embedded(source: ImageSource) -> ImageSet:
        how = {"max_rows": request.metric.max_rows, "seed": request.metric.seed}
        with told(f"features of {len(source):,} images of {source.name}") as progress:
            summary = cached_summary(source.images, embedder, progress=progress, **how)
        return ImageSet(source.images, summary)

    with told(f"features of {len(sets.fake):,} images of {sets.fake.name}") as progress:
        fake = summarise(
            sets.fake.images,
            embedder,
            max_rows=request.metric.max_rows,
            seed=request.metric.seed,
            keep_probs=True,
            progress=progress,
        )
    return Inputs(
        real=ImageSet(None, read_statistics(request.real, embedder)) if sets.real is None else embedded(sets.real),
        fake=ImageSet(sets.fake.images, fake),
        train=None if sets.train is None else embedded(sets.train),
        options=request.metric,
    )


def _protocol(
    request: Request, sets: _Sets, embedder: Embedder, inputs: Inputs, values: Mapping[str, float]
) -> Protocol:
    resizes = [] if sets.real is None or sets.real.resize == "none" else [f"images: {sets.real.resize}"]
    own = embedder.resize_for(sets.fake.images.shape[1:])
    resizes += [] if own == "none" else [f"embedder: {own}"]
    options = {
        name: value for name, value in dataclasses.asdict(request.metric).items() if name not in ("seed", "num_splits")
    }
    num_real, num_fake = (len(each.summary.features) for each in (inputs.real, inputs.fake))
    if "precision" in values:  # what is larger than a set is shrunk to it
        options["num_neighbors"] = effective_num_neighbors(request.metric.num_neighbors, num_real, num_fake)
    if "kid" in values:
        options["kid_subset_size"] = effective_subset_size(request.metric.kid_subset_size, num_real, num_fake)
    if "quality_log_alpha" in values:  # derived from the real images
        options["quality_log_alpha"] = float(f"{values['quality_log_alpha']:.6g}")
    if min(sets.fake.images.shape[1:3]) >= SSIM_WINDOW_PX:
        options["ms_ssim_scales"] = len(scales_for(*sets.fake.images.shape[1:3]))
    if request.train:
        options["train"] = f"{sets.train.name}:{sets.train.split}"
    return Protocol(
        embedder=embedder.name,
        embedder_hash=embedder.weights_hash,
        resize="; ".join(resizes) or "none",
        real_source=Path(request.real).name if sets.real is None else sets.real.name,
        real_split="statistics" if sets.real is None else sets.real.split,
        num_real=inputs.real.summary.num_samples or 0,
        num_fake=len(sets.fake),
        num_splits=request.metric.num_splits,
        seed=request.metric.seed,
        quantisation="rounded to uint8" if sets.fake.is_sampler else "as stored, uint8",
        fake_source=f"{sets.fake.name}:{sets.fake.split}",
        settings=tuple(sorted(options.items())),
    )
