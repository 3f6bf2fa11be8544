"""What the report of a mode-collapse study on mixtures shows of each: tables 1 and 4, curves, film strips, figure 3."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.method_names import TITLES
from tfgan_suite.runs.reports import comparison_report as parts
from tfgan_suite.runs.reports.comparison_report import Rows
from tfgan_suite.runs.reports.figures import plot_curves
from tfgan_suite.runs.reports.report import Picture, Table

HEADS = {  # score -> head of its column, factor
    "num_modes": ("Modes", 1.0),
    "high_quality_fraction": ("High quality, %", 100.0),
    "reverse_kl": ("Reverse KL, nats", 1.0),
}
CLUSTER_HEADS = {"cluster_nmi": ("NMI", 1.0), "cluster_purity": ("Purity", 1.0)}
NOTES = (
    "The document's values are means over ten trials of 400,000 steps. PacGAN's rows there are those of its own paper, "
    "with 2,500 samples.",
)


@dataclasses.dataclass(frozen=True)
class Job:
    """One trial: a method on a mixture with a number of clusters and a seed."""

    dataset: str
    method: str
    num_clusters: int
    trial: int

    @property
    def place(self) -> str:
        """Its folder in that of the run."""
        return f"{self.dataset}/{self.method}-k{self.num_clusters}/trial_{self.trial}"


Trials = Mapping[Job, Rows]


@dataclasses.dataclass(frozen=True)
class MixtureReport:
    """The parts of the report on one mixture.

    Args:
        folder: of the run.
        dataset: name of the mixture.
        points: what was learnt, `data.Points` with its mixture.
        trials: the rows of every trial's metrics, also those on other mixtures.
        num_clusters: K of the tables.
        note: below table 1.
    """

    folder: RunFolder
    dataset: str
    points: Any
    trials: Trials
    num_clusters: int
    note: str

    def by_method(self, num_clusters: int) -> dict[str, list[Rows]]:
        """The rows of each method's trials with K clusters, by the method's name in tables."""
        found: dict[str, list[Rows]] = {}
        for job, rows in self.trials.items():
            if (job.dataset, job.num_clusters) == (self.dataset, num_clusters):
                found.setdefault(TITLES[job.method], []).append(rows)
        return found

    def tables(self, paper: Mapping[str, Sequence[float]], paper_clusters: Sequence[float]) -> list[Table]:
        """Table 1, table 4 if there are clusters, and the lineage of each method's clusters in its first trial.

        Args:
            paper: method -> (modes, high quality in %, reverse KL) in the paper.
            paper_clusters: (NMI, purity) in the paper.
        """
        own = self.by_method(self.num_clusters)
        titled = {TITLES[method]: values for method, values in paper.items()}
        found = [parts.scores_table(f"Table 1, 2D-{self.dataset}", HEADS, titled, own, self.note)]
        clustered = {name: trials for name, trials in own.items() if any("cluster_nmi" in row for row in trials[0])}
        if clustered:
            titled = {TITLES["self_conditioned"]: paper_clusters}
            found.append(parts.scores_table(f"Table 4, 2D-{self.dataset}: clusters", CLUSTER_HEADS, titled, clustered))
        lineages = [
            parts.lineage_table(self.folder.path / job.place / "clusters", self.points.labels, f"Clusters: {title}")
            for job, title in self._first_trials()
        ]
        return found + [table for table in lineages if table is not None]

    def curves(self) -> list[Picture]:
        """Each score over generator steps, by method."""
        own = self.by_method(self.num_clusters)
        pictures = [
            parts.curves_of(
                self.folder.figures / f"{self.dataset}_{name}.png",
                own,
                name,
                head,
                f"2D-{self.dataset}",
                logy=name == "reverse_kl",
            )
            for name, (head, _) in HEADS.items()
        ]
        return [picture for picture in pictures if picture is not None]

    def strips(self) -> list[Picture]:
        """The points that each method's first trial generates over training."""
        pictures = [
            parts.film_strip(
                self.folder.figures / f"{self.dataset}_{job.method}.png",
                self.folder.path / job.place / "samples",
                self.points.mixture.centers,
                title,
            )
            for job, title in self._first_trials()
        ]
        return [picture for picture in pictures if picture is not None]

    def over_clusters(self, numbers: Sequence[int]) -> list[Picture]:
        """Figure 3: the final scores of self_conditioned and mgan over the number of clusters."""
        pictures, numbers = [], sorted(numbers)
        if not numbers:
            return pictures
        for name, (head, scale) in HEADS.items():
            curves = {
                TITLES[method]: [
                    scale * sum(parts.last_value(rows, name) for rows in trials) / len(trials)
                    for trials in (self.by_method(number)[TITLES[method]] for number in numbers)
                ]
                for method in ("self_conditioned", "mgan")
            }
            path = self.folder.figures / f"{self.dataset}_{name}_over_clusters.png"
            title = f"Figure 3, 2D-{self.dataset}"
            plot_curves(path, numbers, curves, xlabel="number of clusters K", ylabel=head, title=title, logx=True)
            pictures.append(Picture(path, f"{head} over the number of clusters, 2D-{self.dataset}"))
        return pictures

    def _first_trials(self) -> list[tuple[Job, str]]:
        return [
            (job, f"{TITLES[job.method]} on 2D-{self.dataset}, first trial")
            for job in self.trials
            if (job.dataset, job.num_clusters, job.trial) == (self.dataset, self.num_clusters, 0)
        ]


def protocol(settings: Any) -> dict[str, Any]:
    """How the numbers were made; `settings` are those of `recipes.mode_collapse`."""
    return {
        "samples": settings.num_samples,
        "high quality": "within 3 standard deviations of the nearest centre (Euclidean)",
        "reverse KL": "of all samples by nearest centre against the uniform distribution, nats",
        "training points": settings.num_points,
        "optimizer": f"Adam({settings.learning_rate:g}, {settings.beta_1:g}, {settings.beta_2:g})",
        "learning rate": f"to 0 over the last {settings.decay_steps:,} steps" if settings.decay_steps else "constant",
        "averaged weights": "none" if settings.average_decay is None else f"decay {settings.average_decay:g}",
        "batch": f"{settings.batch_size} (times the packing)",
        "re-clustered every": f"{settings.recluster_every_steps:,} steps, {settings.num_clustered:,} points",
        "seeds": settings.seeds_in_words,
    }
