"""The report on the smooth-to-sharp thesis' numbers (SPEC D3): figures 4.1 to 4.4, 5.1, 5.2, and its claims tested."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.metrics.functional.line_divergences import parzen_divergences
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.line.claims import LOSS, first_below, mean_and_stddev, paired_change, penalty_findings
from tfgan_suite.runs.line.figures import plot_line_panels
from tfgan_suite.runs.reports.box_plots import plot_boxes
from tfgan_suite.runs.reports.comparison_report import Rows, last_value
from tfgan_suite.runs.reports.figures import plot_curves
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table

CURVES_FOLDER = "curves"
"""Folder of a trial with what `EvaluateLine` keeps."""
OPTIMAL, EXACT = "optimal_loss", "exact_optimal_loss"
KL, EXACT_KL, SLOPE, LOGIT_SLOPE = "kl_divergence", "exact_kl", "generated_slope", "generated_logit_slope"
MAX_TABLE_STEPS = 10


@dataclasses.dataclass(frozen=True)
class LineReport:
    """The parts of the report.

    Args:
        settings: of `recipes.gan_1d`.
        folder: of the run.
        results: job (with `kind`, `value` and `place`) -> the rows of each of its trials.
    """

    settings: Any
    folder: RunFolder
    results: Mapping[Any, Sequence[Rows]]

    def of_kind(self, kind: str) -> dict[Any, Sequence[Rows]]:
        """The jobs of a kind ("watched", "frozen", "l2") with their trials."""
        return {job: trials for job, trials in self.results.items() if job.kind == kind}

    def kl_groups(self, name: str = KL) -> dict[float, list[float]]:
        """Strength of the penalty -> the last KL of each trial."""
        return {job.value: [last_value(rows, name) for rows in trials] for job, trials in self.of_kind("l2").items()}

    def true_kl(self) -> float:
        """The KL of as many true numbers by the same protocol: what a perfect generator would have."""
        noise = np.random.default_rng(self.settings.seed).standard_normal(self.settings.num_samples)
        return parzen_divergences(self.settings.mean + self.settings.stddev * noise, *self._data).kl

    @property
    def _data(self) -> tuple[float, float]:
        return self.settings.mean, self.settings.stddev

    # --- claims ------------------------------------------------------------------------------------------------------

    def losses(self) -> tuple[float, float]:
        """The discriminator's mean loss and the optimal one (exact), over what was measured without a penalty."""
        trials = self._unpenalised()
        return tuple(
            float(np.mean([row[name] for rows in trials for row in rows if name in row])) for name in (LOSS, EXACT)
        )

    def findings(self) -> str:
        """The three claims in sentences."""
        loss, optimal = self.losses()
        sentences = [
            f"Without a penalty the discriminator's loss is {loss:.4g} nats on average over the training, that of the "
            f"optimal one {optimal:.4g}: a gap of {loss - optimal:.2g}.",
        ]
        for job, trials in self.of_kind("frozen").items():
            times = [first_below(rows, self.settings.loss_threshold) for rows in trials]
            done = [time for time in times if math.isfinite(time)]
            sentences.append(
                f"Beside a frozen generator, {job.value:g} standard deviations away, it is below "
                f"{self.settings.loss_threshold:g} after {mean_and_stddev(done)} steps in {len(done)} of {len(times)} "
                "trials."
            )
        return " ".join([*sentences, penalty_findings(self.kl_groups())])

    def key_numbers(self) -> list[KeyNumber]:
        """The gap, and the best strength."""
        loss, optimal = self.losses()
        groups = self.kl_groups()
        best = min(groups, key=lambda strength: np.mean(groups[strength]))
        return [
            KeyNumber("gap of D's loss to the optimal", loss - optimal, "nats, mean over steps and trials, λ = 0"),
            KeyNumber(
                "λ of the lowest mean KL", f"{best:g}", f"{mean_and_stddev(groups[best])} nats (std over trials)"
            ),
        ]

    # --- tables ------------------------------------------------------------------------------------------------------

    def kl_table(self) -> Table:
        """KL over λ, by Parzen windows and exactly."""
        groups, exact = self.kl_groups(), self.kl_groups(EXACT_KL)
        cells = []
        for strength, values in groups.items():
            change = "–"
            if strength and 0 in groups:
                mean, error = paired_change(groups[0], values)
                change = f"{mean:+.3g} ± {error:.2g}"
            finite = [value for value in exact[strength] if math.isfinite(value)]
            cells.append(
                [f"{strength:g}", len(values), mean_and_stddev(values), float(np.median(values)), change,
                 float(np.median(exact[strength])), mean_and_stddev(finite), len(values) - len(finite)]
            )  # fmt: skip
        cells.append(["true samples", None, f"{self.true_kl():.2g}", None, None, 0.0, None, None])
        heads = ("λ", "trials", "KL, mean ± std", "KL, median", "change to λ = 0 ± standard error",
                 "exact KL, median", "exact KL where finite, mean ± std", "trials with an atom")  # fmt: skip
        note = "D_KL(generated || real), nats, after the last step. An atom makes the exact KL infinite."
        return Table("KL divergence over the strength of the L2 penalty (figure 5.2)", heads, cells, note)

    def loss_table(self) -> Table:
        """The actual and the optimal loss over steps, over the trials without a penalty."""
        trials = self._unpenalised()
        steps = [int(row["step"]) for row in trials[0] if LOSS in row]
        steps = [steps[round(index)] for index in np.linspace(0, len(steps) - 1, min(MAX_TABLE_STEPS, len(steps)))]
        cells = []
        for step in steps:
            values = {
                name: [row[name] for rows in trials for row in rows if row["step"] == step]
                for name in (LOSS, EXACT, OPTIMAL)
            }
            gap = [loss - optimal for loss, optimal in zip(values[LOSS], values[EXACT], strict=True)]
            cells.append(
                [step, *(mean_and_stddev(values[name]) for name in (LOSS, EXACT, OPTIMAL)), mean_and_stddev(gap)]
            )
        heads = ("step", "actual loss", "optimal loss, exact", "optimal loss, Parzen windows", "gap to the exact")
        note = f"λ = 0; mean and standard deviation over {len(trials)} trials, nats; 2 log 2 = {2 * math.log(2):.4f}."
        return Table("Is the discriminator optimal? (figure 4.2)", heads, cells, note)

    def frozen_table(self) -> Table:
        """Steps until the loss is small, and what is then left of the discriminator's slope."""
        cells = []
        for job, trials in self.of_kind("frozen").items():
            times = [first_below(rows, self.settings.loss_threshold) for rows in trials]
            done = [time for time in times if math.isfinite(time)]
            before = [float(self._curves(job, trial)[0][SLOPE]) for trial in range(len(trials))]
            then = [
                next(row[SLOPE] for row in rows if row["step"] == time)
                for rows, time in zip(trials, times, strict=True)
                if math.isfinite(time)
            ]
            last = {name: [last_value(rows, name) for rows in trials] for name in (LOSS, SLOPE, LOGIT_SLOPE)}
            spread = f" ({min(done):,.0f} to {max(done):,.0f})" if done else ""
            cells.append(
                [f"{job.value:g}", f"{mean_and_stddev(done)}{spread}", f"{len(done)} of {len(times)}",
                 mean_and_stddev(before), mean_and_stddev(then), mean_and_stddev(last[SLOPE]),
                 mean_and_stddev(last[LOGIT_SLOPE]), mean_and_stddev(last[LOSS])]
            )  # fmt: skip
        threshold = f"{self.settings.loss_threshold:g}"
        heads = ("distance, std of data", f"steps to a loss below {threshold}", "reached", "|dD/dx| before",
                 f"|dD/dx| below {threshold}", "|dD/dx| at the end", "|dlogit/dx| at the end",
                 "loss at the end")  # fmt: skip
        note = (
            f"Means and standard deviations over trials of {self.settings.frozen_steps:,} discriminator steps, "
            f"measured every {self.settings.frozen_every_steps}; slopes: means over the generated numbers. "
            "Thesis: more than 2,000 steps."
        )
        return Table("Discriminator beside a frozen generator (figures 4.3, 4.4)", heads, cells, note)

    # --- figures -----------------------------------------------------------------------------------------------------

    def figures(self) -> list[Picture]:
        """All of them, in the thesis' order."""
        return [*self._watched(), *self._frozen(), self._boxes()]

    def _watched(self) -> list[Picture]:
        ((job, trials),) = self.of_kind("watched").items()
        path = self.folder.figures / "densities.png"
        curves = self._curves(job, 0)
        plot_line_panels(path, {f"step {step:,}": each for step, each in curves.items()})
        steps = ", ".join(f"{step:,}" for step in curves)
        alt = f"Densities of real and generated numbers, and the discriminator's output, after {steps} steps"
        pictures = [Picture(path, alt, "Figures 4.1 and 5.1: one training without a penalty.")]
        rows = [row for row in trials[0] if LOSS in row]
        path = self.folder.figures / "optimality.png"
        names = {"actual": LOSS, "optimal, Parzen windows": OPTIMAL, "optimal, exact": EXACT}
        plot_curves(
            path,
            [row["step"] for row in rows],
            {title: [row[name] for row in rows] for title, name in names.items()},
            xlabel="generator step",
            ylabel="discriminator loss, nats",
            title="Figure 4.2",
            references={"2 log 2": 2 * math.log(2)},
        )
        alt = "The discriminator's actual loss above the optimal one over generator steps"
        return [*pictures, Picture(path, alt, "Figure 4.2: the same training.")]

    def _frozen(self) -> list[Picture]:
        jobs = self.of_kind("frozen")
        rows = {f"{job.value:g} standard deviations": trials[0] for job, trials in jobs.items()}
        path = self.folder.figures / "frozen_loss.png"
        plot_curves(
            path,
            {name: [row["step"] for row in each] for name, each in rows.items()},
            {name: [row[LOSS] for row in each] for name, each in rows.items()},
            xlabel="discriminator step",
            ylabel="discriminator loss, nats",
            title="Figure 4.3",
            logy=True,
            references={f"{self.settings.loss_threshold:g}": self.settings.loss_threshold},
        )
        alt = "The discriminator's loss beside a frozen generator, over discriminator steps"
        pictures = [Picture(path, alt, "Figure 4.3: a generator at each distance, first trials.")]
        for job in jobs:
            path = self.folder.figures / f"{job.place}.png"
            panels = {
                f"step {step:,}: loss {each[LOSS]:.2g}, |D'| {each[SLOPE]:.1e}": each
                for step, each in self._curves(job, 0).items()
            }
            plot_line_panels(path, panels, columns=2)
            alt = f"The discriminator's output beside a frozen generator {job.value:g} standard deviations away"
            caption = f"Figure 4.4: {job.value:g} standard deviations; |D'| is the mean slope at the generated numbers."
            pictures.append(Picture(path, alt, caption))
        return pictures

    def _boxes(self) -> Picture:
        groups, path = self.kl_groups(), self.folder.figures / "kl_over_l2.png"
        plot_boxes(
            path,
            {f"{strength:g}": values for strength, values in groups.items()},
            xlabel="λ of the L2 penalty",
            ylabel="D_KL(generated || real), nats",
            title="Figure 5.2",
            logy=True,
        )
        return Picture(path, "Box plots of the KL divergence over the strength of the L2 penalty", "Figure 5.2.")

    def _unpenalised(self) -> Sequence[Rows]:
        """Trials of the penalty's study with λ = 0; without any, the watched one."""
        jobs = {job.value: trials for job, trials in self.of_kind("l2").items()}
        return jobs.get(0) or next(iter(self.of_kind("watched").values()))

    def _curves(self, job: Any, trial: int) -> dict[int, dict[str, np.ndarray]]:
        """Step -> what was kept there."""
        kept = {}
        for path in sorted(Path(self.folder.path / job.place / f"trial_{trial}" / CURVES_FOLDER).glob("step_*.npz")):
            with np.load(path) as stored:
                kept[int(path.stem.removeprefix("step_"))] = dict(stored)
        return kept
