"""Measures one set of images against another, by any metrics of the catalogue, and compares two such results."""

import dataclasses
import json
import math
import os
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.checks import require, require_in
from tfgan_suite.core.files import write_text
from tfgan_suite.metrics.catalogue import DIRECTIONS, METRICS, Metric
from tfgan_suite.metrics.functional.bootstrap import bootstrap_intervals
from tfgan_suite.metrics.inputs import Inputs
from tfgan_suite.metrics.protocol import Protocol


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Numbers and how they were made.

    Attributes:
        values: number by name.
        intervals: (low, high) by name, where a bootstrap was asked for.
        protocol: everything they depend on.
        notes: warnings of the metrics, such as a neighbourhood that was shrunk to a small set.
    """

    values: Mapping[str, float]
    protocol: Protocol
    intervals: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A dictionary that JSON can hold; `from_dict` reads it."""
        return {
            "values": dict(self.values),
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
            "notes": list(self.notes),
            "protocol": self.protocol.to_dict(),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Evaluation":
        """The evaluation that `to_dict` wrote.

        Raises:
            ValueError: `values` or `protocol` is missing, or the protocol is none.
        """
        require(
            isinstance(content, Mapping) and {"values", "protocol"} <= set(content),
            "an evaluation must hold `values` and `protocol`",
            found=sorted(content) if isinstance(content, Mapping) else type(content).__name__,
        )
        return cls(
            dict(content["values"]),
            Protocol.from_dict(content["protocol"]),
            {name: tuple(ends) for name, ends in content.get("intervals", {}).items()},
            tuple(content.get("notes", ())),
        )

    def save(self, path: str | os.PathLike) -> None:
        """Writes it as JSON, whole or not at all."""
        write_text(path, json.dumps(self.to_dict(), indent=1) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Evaluation":
        """Reads what `save` wrote.

        Raises:
            FileNotFoundError: no such file.
            ValueError: it holds no evaluation.
        """
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"{path} holds no evaluation: {error}") from error


def chosen_metrics(names: Sequence[str]) -> list[Metric]:
    """The metrics of these names, in their order.

    Raises:
        ValueError: none, one that is unknown, or one twice.
    """
    require(len(names) > 0, f"metrics must be named: some of {', '.join(METRICS)}", metrics=list(names))
    for name in names:
        require_in(METRICS, metric=name)
    require(len(set(names)) == len(names), "each metric must be named once", metrics=list(names))
    return [METRICS[name] for name in names]


def measure(
    inputs: Inputs,
    names: Sequence[str],
    *,
    num_resamples: int = 0,
    confidence: float = 0.95,
    told: Callable[[str], Callable[[int, int], None] | None] = lambda name: None,
) -> tuple[dict[str, float], dict[str, tuple[float, float]], tuple[str, ...]]:
    """The numbers of some metrics, their bootstrap intervals, and the warnings that came up.

    Args:
        inputs: the real and the generated images with what is known of them, and the options.
        names: of metrics in `METRICS`.
        num_resamples: resamples for intervals, of the generated images or also of the real ones, as the option
            `resample` says; 0: none.
        confidence: of the intervals.
        told: called with the name of each metric before it is computed; what it returns is called as
            progress(done, total) during its bootstrap.

    Raises:
        ValueError: unknown metrics, or one that lacks what it needs (a classifier, training images), before anything
            is computed; a bootstrap of images whose features were not all kept.
    """
    metrics = chosen_metrics(names)
    for metric in metrics:
        metric.require_inputs(inputs)
    resampled_sets = {"generated": inputs.fake, "real": inputs.real}
    if inputs.options.resample == "fake":
        del resampled_sets["real"]
    if num_resamples:
        for whose, image_set in resampled_sets.items():
            image_set.require_all_rows(whose)
    values: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for metric in metrics:
            progress = told(metric.name)
            found = metric.compute(inputs)
            unknown = [name for name, value in found.items() if math.isnan(value)]
            values |= {name: value for name, value in found.items() if name not in unknown}
            for name in unknown:
                warnings.warn(f"{name} is not known for so few images.", stacklevel=1)
            if num_resamples and metric.resampled:
                ends = bootstrap_intervals(
                    lambda *rows, metric=metric: list(metric.compute(inputs.with_rows(*rows)).values()),
                    [len(image_set) for image_set in resampled_sets.values()],
                    num_resamples=num_resamples,
                    confidence=confidence,
                    seed=inputs.options.seed,
                    progress=progress,
                )
                intervals |= {name: pair for name, pair in zip(found, ends, strict=True) if metric.directions[name]}
    notes = tuple(dict.fromkeys(str(warning.message) for warning in caught if warning.category is UserWarning))
    return values, intervals, notes


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One number of two evaluations; `better` is "a", "b", or "" where they are equal or neither way is better."""

    name: str
    value_a: float
    value_b: float
    better: str


def compare(a: Evaluation, b: Evaluation, ignore: Collection[str] = ()) -> list[Comparison]:
    """The numbers that both have, side by side. What was measured (`fake_source`) may differ, nothing else.

    Args:
        a: an evaluation.
        b: another one.
        ignore: further fields of the protocol that may differ, such as "versions".

    Raises:
        ValueError: their protocols differ, naming the fields; or they have no number in common.
    """
    unknown = sorted(set(ignore) - {field.name for field in dataclasses.fields(Protocol)})
    require(not unknown, "`ignore` must name fields of a protocol", unknown=unknown)
    a.protocol.require_same(b.protocol, ignore={"fake_source", *ignore})
    names = [name for name in a.values if name in b.values]
    require(bool(names), "the evaluations must have a number in common", a=list(a.values), b=list(b.values))
    return [Comparison(name, a.values[name], b.values[name], _better(name, a, b)) for name in names]


def _better(name: str, a: Evaluation, b: Evaluation) -> str:
    sign = {"higher": 1, "lower": -1}.get(DIRECTIONS.get(name, ""), 0)
    return {1: "a", -1: "b"}.get(int(np.sign(sign * (a.values[name] - b.values[name]))), "")
