"""The options that recipes which train have in common. Importing this module does not import TensorFlow."""

import dataclasses
from pathlib import Path
from typing import Any, Literal

from tfgan_suite.core.checks import require
from tfgan_suite.runs import cli


@dataclasses.dataclass(frozen=True)
class TrainingSettings(cli.CommonSettings):
    """Lengths of a training, and how often it is looked at."""

    num_steps: int = 50_000
    """Generator steps."""
    batch_size: int = 64
    """Samples per discriminator step, over all replicas."""
    average_decay: float | None = None
    """Keep averaged generator weights with this decay, and sample from them."""
    evaluate_every_steps: int = 2_500
    """Generator steps between two measurements; 0: never."""
    num_samples: int = 10_000
    """Generated samples per measurement."""
    log_every_steps: int = 100
    """Generator steps between two lines of metrics.jsonl."""
    sample_every_steps: int = 2_500
    """Generator steps between two pictures of samples; 0: never."""
    checkpoint_every_steps: int = 500
    """Generator steps between two checkpoints."""
    num_trials: int = 1
    """Runs with seeds seed, seed + 1, ...; the report compares or averages them."""

    @property
    def seeds_in_words(self) -> str:
        """Of the trials: "0 to 4"."""
        return f"{self.seed} to {self.seed + self.num_trials - 1}"

    def plan(self) -> Any:
        """The lengths of a trial as a `runs.run.Plan`, which checks them."""
        from tfgan_suite.runs.run import Plan

        return Plan(**{field.name: getattr(self, field.name) for field in dataclasses.fields(Plan)})

    def require_logged(self, name: str) -> None:
        """Refuses an interval that is no multiple of `log_every_steps`."""
        steps = getattr(self, name)
        require(
            steps % self.log_every_steps == 0,
            f"`{name}` must be a multiple of `log_every_steps`",
            **{name: steps, "log_every_steps": self.log_every_steps},
        )


@dataclasses.dataclass(frozen=True)
class ImageTrainingSettings(TrainingSettings):
    """The same for images."""

    dataset: str = "cifar10"
    """TFDS name, folder of images, .npz file, or digits (no download)."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: their own."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the networks' computations; weights and penalties stay float32."""
    embedder: str = "inception"
    """What measures: inception (TF-GAN's, from TF-Hub), classifier (trained on the data), pixels, or a path."""
