"""The report on how many trainings succeed: a table by method and penalty, curves, grids of generated images."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.callbacks.checkpoint import restore_latest
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.reports.claims import Spread
from tfgan_suite.runs.reports.comparison_report import Rows, last_value
from tfgan_suite.runs.reports.figures import plot_bars
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table, write_report
from tfgan_suite.runs.reports.study_figures import plot_seeds
from tfgan_suite.runs.spheres.recognition import SuccessRule
from tfgan_suite.runs.spheres.report import sample_grid_picture

Key = tuple[str, float]

NUM_SHOWN = 64
HEADS = {"fid": "FID", "confidence": "mean confidence", "num_classes": "classes found"}
"""Score in the rows -> head of its column."""


@dataclasses.dataclass(frozen=True)
class RecognitionReport:
    """Args:
    rule: of success.
    folder: of the run.
    """

    rule: SuccessRule
    folder: RunFolder

    def write(
        self,
        results: Mapping[Any, Rows],
        titles: Mapping[str, str],
        *,
        paper: Mapping[Key, int],
        models: Callable[[Any], Any],
        protocol: Mapping[str, Any],
        command: str,
    ) -> Path:
        """Writes `report.html`.

        Args:
            results: training (with `method`, `l2_strength`, `trial`, `place`) -> the rows of its metrics.
            titles: method -> how it is called.
            paper: (method, lambda) -> successes of 20 in the document.
            models: makes the compiled model of a training, whose checkpoint is then loaded for its samples.
            protocol: how the numbers were made.
            command: that runs this again.
        """
        groups: dict[Key, list[Rows]] = {}
        for job, rows in results.items():
            groups.setdefault((job.method, job.l2_strength), []).append(rows)
        counts = {key: int(sum(last_value(rows, "success") for rows in trials)) for key, trials in groups.items()}
        numbers = [
            KeyNumber(titles[method], f"{self._of(counts, method)} of {self._of(groups, method, len)}", "successful")
            for method in dict.fromkeys(method for method, _ in groups)
        ]
        return write_report(
            self.folder.path,
            title="Which trainings on digits succeed",
            summary=f"{len(results)} trainings. Successful: {self.rule}.",
            key_numbers=numbers,
            tables=[self.table(groups, counts, titles, paper)],
            figures=[self.bars(groups, counts, titles), *self.curves(groups, titles)],
            images=[self.samples(job, titles, models) for job in results if job.trial == 0],
            protocol=protocol,
            command=command,
            notes=("The document's successes are by eye, of 20 repeats.",),
        )

    def table(
        self,
        groups: Mapping[Key, list[Rows]],
        counts: Mapping[Key, int],
        titles: Mapping[str, str],
        paper: Mapping[Key, int],
    ) -> Table:
        """Successes of each method and strength beside the document's, with what they were judged by."""
        rows = [
            [
                titles[key[0]],
                f"{key[1]:g}",
                f"{paper[key]} of 20" if key in paper else None,
                f"{counts[key]} of {len(trials)}",
                *(str(Spread.of([last_value(each, name) for each in trials])) for name in HEADS),
            ]
            for key, trials in groups.items()
        ]
        heads = ("Method", "lambda", "Successes, the document's", "Successes, this run's", *HEADS.values())
        note = "Mean ± standard deviation over repeats."
        return Table("Successful trainings (figure 5.11)", heads, rows, note, range(len(rows)))

    def bars(self, groups: Mapping[Key, list[Rows]], counts: Mapping[Key, int], titles: Mapping[str, str]) -> Picture:
        """Share of successes over lambda, by method."""
        strengths = list(dict.fromkeys(strength for _, strength in groups))
        methods = list(dict.fromkeys(method for method, _ in groups))
        heights = {
            titles[method]: [counts[method, strength] / len(groups[method, strength]) for strength in strengths]
            for method in methods
        }
        path = self.folder.figures / "successes.png"
        names = [f"{strength:g}" for strength in strengths]
        plot_bars(path, names, heights, xlabel="lambda", ylabel="share of successes", title="Successful trainings")
        return Picture(path, "Share of successful trainings over lambda, by method")

    def curves(self, groups: Mapping[Key, list[Rows]], titles: Mapping[str, str]) -> list[Picture]:
        """What is judged, over the training, a figure per method with a line per strength."""
        pictures = []
        for method in dict.fromkeys(method for method, _ in groups):
            measured = {
                f"lambda {strength:g}": [[row for row in rows if "fid" in row] for rows in trials]
                for (of, strength), trials in groups.items()
                if of == method
            }
            steps = [row["step"] for row in next(iter(measured.values()))[0]]
            panels = {
                head: {
                    name: np.array([[row[score] for row in rows] for rows in trials])
                    for name, trials in measured.items()
                }
                for score, head in HEADS.items()
            }
            path = self.folder.figures / f"{method}_curves.png"
            plot_seeds(path, steps, panels, xlabel="generator step", title=titles[method])
            pictures.append(Picture(path, f"{', '.join(HEADS.values())} over the training, {titles[method]}"))
        return pictures

    def samples(self, job: Any, titles: Mapping[str, str], models: Callable[[Any], Any]) -> Picture:
        """Images of one trained model."""
        gan = models(job)
        restore_latest(gan, RunFolder(self.folder.path / job.place).checkpoints)
        path = self.folder.figures / f"{job.place.replace('/', '_')}.png"
        caption = f"{titles[job.method]}, lambda {job.l2_strength:g}, first repeat"
        return sample_grid_picture(
            path, gan.sample(NUM_SHOWN), f"{NUM_SHOWN} generated digits: {caption}", caption, num_columns=16, scale=2
        )

    @staticmethod
    def _of(values: Mapping[Key, Any], method: str, number: Callable[[Any], int] = int) -> int:
        return sum(number(value) for (of, _), value in values.items() if of == method)
