"""The report on the MM-GAN thesis' toy data: its two claims in numbers over the seeds, figures 4.1 to 4.3."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_suite.callbacks.evaluate_points import label_nmi, within_mode_stddev
from tfgan_suite.metrics.functional.modes import mode_statistics
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.mmgan.toy_models import TITLES
from tfgan_suite.runs.reports.comparison_report import Rows, last_value, mean_and_error
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table
from tfgan_suite.runs.reports.study_figures import plot_labelled_points, plot_seeds

FINAL_POINTS = "final_points.npz"
NLL, KL, NMI, SPREAD = "negative_log_likelihood", "reverse_kl", "label_nmi", "within_mode_stddev"
PAIRS = (("mmgan", "gan"), ("supervised_mmgan", "acgan"))
"""Which model the thesis compares with which baseline."""
CRITERIA = {
    "epochs to convergence": {},
    "epochs, lasting": {"lasting": True},
    "epochs, likelihood alone": {"covering": False},
}
"""Head of a column -> arguments of `ToyReport.convergence`."""
POINTS_SHOWN = 1500


def converged_at(rows: Rows, max_nll: float, max_reverse_kl: float = math.inf, hold_steps: float = 0) -> float:
    """The generator step of the first measurement with both scores at most these; infinity if there is none.

    With `hold_steps` every measurement of so many steps after it must have them as well, and be there.
    """
    measured = [row for row in rows if NLL in row]
    within = [row[NLL] <= max_nll and row[KL] <= max_reverse_kl for row in measured]
    for position, row in enumerate(measured):
        end = row["step"] + hold_steps
        held = [
            good for later, good in zip(measured[position:], within[position:], strict=True) if later["step"] <= end
        ]
        if all(held) and measured[-1]["step"] >= end:
            return float(row["step"])
    return math.inf


@dataclasses.dataclass(frozen=True)
class Lead:
    """How a model and its baseline compare over seeds that they share.

    Attributes:
        num_seeds: how many.
        num_faster: seeds in which the model converged and its baseline later or never.
        num_slower: the reverse.
        mean: epochs by which the model was earlier, mean over the seeds in which both converged; NaN without any.
        error: standard error of that mean; NaN with fewer than two.
    """

    num_seeds: int
    num_faster: int
    num_slower: int
    mean: float
    error: float

    @classmethod
    def of(cls, own: Sequence[float], baseline: Sequence[float]) -> "Lead":
        """Of the epochs at which each converged, infinity for never, seed by seed."""
        own, baseline = np.asarray(own, np.float64), np.asarray(baseline, np.float64)
        both = np.isfinite(own) & np.isfinite(baseline)
        gains = baseline[both] - own[both]
        error = gains.std(ddof=1) / math.sqrt(len(gains)) if len(gains) > 1 else math.nan
        mean = float(gains.mean()) if len(gains) else math.nan
        return cls(len(own), int((own < baseline).sum()), int((own > baseline).sum()), mean, float(error))


@dataclasses.dataclass(frozen=True)
class ToyReport:
    """The parts of the report.

    Args:
        settings: of `recipes.mmgan_toy`.
        folder: of the run.
        points: what was learnt, labelled, with its mixture.
        trials: job (with `model`, `trial` and `place`) -> the rows of its metrics.
    """

    settings: Any
    folder: RunFolder
    points: Any
    trials: Mapping[Any, Rows]

    @property
    def real_nll(self) -> float:
        """The mean negative log-likelihood of the training points, nats."""
        return -float(self.points.mixture.log_density(self.points.train).mean())

    @property
    def _real_kl(self) -> float:
        mixture = self.points.mixture
        return mode_statistics(self.points.train, mixture.centers, mixture.stddev).reverse_kl

    @property
    def real_nmi(self) -> float:
        """What the NMI is of the training points with their true labels."""
        return label_nmi(self.points.train, self.points.labels, self.points.mixture)

    def epochs(self, steps: float) -> float:
        """Passes over the training points in so many generator steps."""
        return steps * self.settings.batch_size / self.settings.num_points

    def by_model(self) -> dict[str, list[Rows]]:
        """The rows of each model's trials, in the order of their seeds."""
        found: dict[str, list[Rows]] = {}
        for job, rows in self.trials.items():
            found.setdefault(job.model, []).append(rows)
        return found

    def convergence(self, model: str, covering: bool = True, lasting: bool = False) -> list[float]:
        """Epochs to convergence of each trial of a model, infinity for never.

        Args:
            model: one that was trained.
            covering: the modes must be covered evenly, too.
            lasting: it must hold for the settings' `hold_epochs`.
        """
        max_nll = self.real_nll + self.settings.likelihood_margin
        max_kl = self.settings.max_reverse_kl if covering else math.inf
        hold = self.settings.hold_epochs / self.epochs(1) if lasting else 0
        return [self.epochs(converged_at(rows, max_nll, max_kl, hold)) for rows in self.by_model()[model]]

    # --- claims ------------------------------------------------------------------------------------------------------

    def leads(self, lasting: bool = False) -> dict[tuple[str, str], Lead]:
        """Of each MM-GAN that was trained beside its baseline; `lasting` as of `convergence`."""
        trained = self.by_model()
        return {
            pair: Lead.of(*(self.convergence(model, lasting=lasting) for model in pair))
            for pair in PAIRS
            if set(pair) <= set(trained)
        }

    def findings(self) -> str:
        """Both claims of the thesis in sentences, as far as these trials tell."""
        sentences = []
        for lasting, word in ((False, "converged"), (True, f"converged for {self.settings.hold_epochs:g} epochs")):
            sentences += [
                f"{TITLES[own]} {word} before {TITLES[baseline]} in {lead.num_faster} of {lead.num_seeds} seeds, "
                f"after it in {lead.num_slower}."
                for (own, baseline), lead in self.leads(lasting).items()
            ]
        for model in ("mmgan", "supervised_mmgan"):
            if model in self.by_model():
                values = [last_value(rows, NMI) for rows in self.by_model()[model]]
                sentences.append(
                    f"Gaussians of {TITLES[model]} and modes share an NMI of {mean_and_error(values)} "
                    f"(true labels and nearest modes: {self.real_nmi:.3g})."
                )
        return " ".join(sentences)

    def key_numbers(self) -> list[KeyNumber]:
        """How many epochs earlier each MM-GAN converged than its baseline."""
        return [
            KeyNumber(
                f"epochs that {TITLES[own]} is ahead of {TITLES[baseline]}{', lasting' if lasting else ''}",
                lead.mean,
                f"± {lead.error:.2g} standard error, over seeds in which both converged; "
                f"ahead in {lead.num_faster}, behind in {lead.num_slower} of {lead.num_seeds}",
            )
            for lasting in (False, True)
            for (own, baseline), lead in self.leads(lasting).items()
        ]

    # --- tables ------------------------------------------------------------------------------------------------------

    def convergence_table(self) -> Table:
        """Each model's epochs to convergence and its scores at the end, the training points' below."""
        cells = []
        for model, trials in self.by_model().items():
            cells.append([TITLES[model], len(trials), *self._times(model)])
            for name in (NLL, KL, SPREAD, NMI):
                values = [last_value(rows, name) for rows in trials]
                cells[-1].append(None if np.isnan(values).all() else mean_and_error(values))
        spread = within_mode_stddev(self.points.train, self.points.mixture)
        scores = (self.real_nll, self._real_kl, spread, self.real_nmi)
        real = ["Training points", None, *[None] * len(CRITERIA), *(f"{score:.4g}" for score in scores)]
        heads = (
            "Model",
            "Trials",
            *CRITERIA,
            "final NLL",
            "final reverse KL",
            "final stddev within modes",
            "final NMI",
        )
        note = "Epochs: mean and standard error over the seeds that converged, and their number. NLL and KL in nats."
        return Table("Convergence, and what labels mean", heads, [*cells, real], note)

    def _times(self, model: str) -> list[str]:
        """The mean epochs to convergence by each of `CRITERIA`, and of how many trials."""
        texts = []
        for how in CRITERIA.values():
            times = self.convergence(model, **how)
            finite = [time for time in times if math.isfinite(time)]
            texts.append(f"{mean_and_error(finite) if finite else '–'} ({len(finite)} of {len(times)})")
        return texts

    def sigma_table(self) -> Table:
        """Likelihood and coverage of the final points of each model at each sigma."""
        mixture, cells = self.points.mixture, []
        for model in self.by_model():
            kept = [self._final(job) for job in self.trials if job.model == model]
            for row, sigma in enumerate(kept[0]["sigmas"]):
                clouds = [each["points"][row] for each in kept]
                nll = [-mixture.log_density(cloud).mean() for cloud in clouds]
                found = [mode_statistics(cloud, mixture.centers, mixture.stddev) for cloud in clouds]
                spread = [within_mode_stddev(cloud, mixture) for cloud in clouds]
                kl = [each.reverse_kl for each in found]
                cells.append([TITLES[model], float(sigma), *map(mean_and_error, (nll, kl, spread))])
        real = (self.real_nll, self._real_kl, within_mode_stddev(self.points.train, mixture))
        cells.append(["Training points", None, *(f"{value:.4g}" for value in real)])
        heads = ("Model", "sigma", "NLL", "reverse KL", "stddev within modes")
        return Table("Covariances of the latents times sigma", heads, cells, "After the last step.")

    # --- figures -----------------------------------------------------------------------------------------------------

    def likelihood_figure(self) -> Picture:
        """Figure 4.3, and the reverse KL beside it."""
        trials = self.by_model()
        steps = sorted(
            set.intersection(*({row["step"] for row in r if NLL in row} for t in trials.values() for r in t))
        )
        epochs = [self.epochs(step) for step in steps]

        def curves(name: str) -> dict[str, np.ndarray]:
            found = {}
            for model, each in trials.items():
                values = [{row["step"]: row[name] for row in rows if name in row} for rows in each]
                found[TITLES[model]] = np.array([[of[step] for step in steps] for of in values])
            return found

        path = self.folder.figures / "likelihood.png"
        panels = {"negative log-likelihood, nats": curves(NLL), "reverse KL of modes, nats": curves(KL)}
        lines = [{"training points": self.real_nll}, {}]
        plot_seeds(path, epochs, panels, xlabel="epoch", references=lines, title="Figure 4.3")
        alt = "Negative log-likelihood of generated points, and reverse KL of their modes, over epochs for each model"
        return Picture(path, alt, "Means over seeds and their standard errors.")

    def samples_figure(self) -> Picture:
        """Figure 4.1, of each model's first trial."""
        panels = {}
        for job in self.trials:
            if job.trial == 0:
                panels |= {TITLES[job.model]: self._cloud(self._final(job), 1.0)}
        path = self.folder.figures / "samples.png"
        plot_labelled_points(path, panels, self.points.train)
        caption = "Figure 4.1: training points black, generated ones in the colour of their Gaussian or class."
        return Picture(path, f"Generated points of {', '.join(panels)} over the training points", caption)

    def sigma_figures(self) -> list[Picture]:
        """Figure 4.2: a row of sigmas for GAN and MM-GAN each, of their first trials."""
        pictures = []
        for job in self.trials:
            if job.trial == 0 and job.model in ("gan", "mmgan"):
                kept, path = self._final(job), self.folder.figures / f"sigmas_{job.model}.png"
                panels = {f"σ = {sigma:g}": self._cloud(kept, sigma) for sigma in kept["sigmas"]}
                plot_labelled_points(path, panels, self.points.train)
                title = TITLES[job.model]
                pictures.append(Picture(path, f"Points of {title} at each sigma", f"Figure 4.2: {title}."))
        return pictures

    def _final(self, job: Any) -> dict[str, np.ndarray]:
        with np.load(self.folder.path / job.place / FINAL_POINTS) as stored:
            return dict(stored)

    @staticmethod
    def _cloud(kept: Mapping[str, np.ndarray], sigma: float) -> tuple[np.ndarray, np.ndarray | None]:
        points = kept["points"][int(np.flatnonzero(kept["sigmas"] == sigma)[0])]
        labels = kept.get("labels")
        return points[:POINTS_SHOWN], None if labels is None else labels[:POINTS_SHOWN]
