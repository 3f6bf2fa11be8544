"""How a number was made. Numbers of different protocols are not comparable, and comparing them is refused."""

import dataclasses
import importlib.metadata
from collections.abc import Collection, Mapping
from typing import Any

from tfgan_suite.core.checks import require

_PACKAGES = ("tfgan_suite", "tensorflow", "keras", "numpy", "scipy")


def package_versions() -> tuple[tuple[str, str], ...]:
    """Name and version of the packages that a number depends on; those not installed are left out."""
    found = []
    for name in _PACKAGES:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return tuple(found)


@dataclasses.dataclass(frozen=True)
class Protocol:
    """Everything that a metric's value depends on besides the generator.

    Attributes:
        embedder: name of the network that turns images into features.
        embedder_hash: hash of its weights.
        resize: what the images go through before it, in words.
        real_source: the data set.
        real_split: its part that real statistics come from.
        num_real: real images used; 0 where a file of statistics does not say.
        num_fake: generated images used.
        num_splits: splits of the Inception score.
        seed: seed of the generated images.
        quantisation: how generated floats became pixels, in words.
        versions: (package, version) pairs.
        fake_source: what was measured: a sampler, a folder; empty for a GAN in training.
        settings: (name, value) pairs of the metrics' own options, such as the neighbours of precision and recall.
    """

    embedder: str
    embedder_hash: str
    resize: str
    real_source: str
    real_split: str
    num_real: int
    num_fake: int
    num_splits: int = 10
    seed: int = 0
    quantisation: str = "rounded to uint8"
    versions: tuple[tuple[str, str], ...] = dataclasses.field(default_factory=package_versions)
    fake_source: str = ""
    settings: tuple[tuple[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A dictionary that JSON can hold; `from_dict` reads it."""
        return {**dataclasses.asdict(self), "versions": dict(self.versions), "settings": dict(self.settings)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Protocol":
        """The protocol that `to_dict` wrote; one without `fake_source` and `settings` is of a GAN in training.

        Raises:
            ValueError: a field is missing or unknown.
        """
        values = {"fake_source": "", "settings": {}, **values}
        names = {field.name for field in dataclasses.fields(cls)}
        require(
            set(values) == names,
            "a protocol must have exactly its own fields",
            missing=sorted(names - set(values)),
            unknown=sorted(set(values) - names),
        )
        pairs = {name: tuple(dict(values[name]).items()) for name in ("versions", "settings")}
        return cls(**{**values, **pairs})

    def differences(self, other: "Protocol", ignore: Collection[str] = ()) -> dict[str, tuple[Any, Any]]:
        """Fields that differ, as {field: (own value, the other's)}; those in `ignore` are not looked at."""
        return {
            field.name: (getattr(self, field.name), getattr(other, field.name))
            for field in dataclasses.fields(self)
            if field.name not in ignore and getattr(self, field.name) != getattr(other, field.name)
        }

    def require_same(self, other: "Protocol", ignore: Collection[str] = ()) -> None:
        """Refuses to compare numbers of two protocols that differ.

        Args:
            other: the other number's protocol.
            ignore: fields that may differ, such as `seed` when trials are averaged.

        Raises:
            ValueError: naming the fields that differ, with both values.
        """
        differences = self.differences(other, ignore)
        require(
            not differences,
            "numbers can only be compared when they were made by the same protocol",
            **differences,
        )
