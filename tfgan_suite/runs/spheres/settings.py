"""The settings that the studies on spheres have in common. Importing this module does not import TensorFlow."""

import dataclasses
from typing import Literal

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.runs.training_settings import TrainingSettings

SHARP_K = -0.99999
"""k of what the thesis calls sharp in its tunable sets (tables 5.10 and 5.13)."""


@dataclasses.dataclass(frozen=True)
class SphereSettings(TrainingSettings):
    """What the studies on spheres have in common."""

    num_steps: int = 20_000
    """Generator steps."""
    batch_size: int = 64
    """Images per discriminator step."""
    adversarial_loss: Literal["minimax", "non_saturating"] = "non_saturating"
    """Of the original GAN. The thesis prints minimax (eq. 2.7), with which sharp spheres are learnt at fewer places;
    its values come out with non_saturating."""
    num_samples: int = 10_000
    """Generated images per measurement."""
    evaluate_every_steps: int = 20_000
    """Generator steps between two measurements."""
    log_every_steps: int = 1_000
    """Generator steps between two lines of metrics.jsonl."""
    sample_every_steps: int = 0
    """No pictures while training; the report shows the last ones."""
    checkpoint_every_steps: int = 20_000
    """Generator steps between two checkpoints."""
    num_trials: int = 5
    """Repeats of each training with seeds seed, seed + 1, ..."""
    jit_compile: bool = True
    """XLA, which is faster for these networks."""
    steps_per_execution: int = 100
    """Train steps per compiled call."""
    num_workers: int = 2
    """Trainings at once, each in a process with its share of the cores."""

    def check_spheres(self) -> None:
        """Refuses counts and lengths that make no study, before anything is drawn.

        Raises:
            ValueError: a count that is not above 0, lengths that are no `Plan`, averaged weights, or a last step that
                is not measured or not kept.
        """
        names = (
            "num_trials",
            "num_workers",
            "num_samples",
            "batch_size",
            "steps_per_execution",
            "evaluate_every_steps",
        )
        require_positive(**{name: getattr(self, name) for name in names})
        require(self.seed >= 0, "`seed` must be at least 0", seed=self.seed)
        require(
            self.average_decay is None,
            "`average_decay` must be None: the thesis measures the generator that is trained",
            average_decay=self.average_decay,
        )
        self.plan()
        for name in ("evaluate_every_steps", "checkpoint_every_steps"):
            every = getattr(self, name)
            require(
                self.num_steps % every == 0,
                f"`num_steps` must be a multiple of `{name}`: the report is on the last step",
                num_steps=self.num_steps,
                **{name: every},
            )
