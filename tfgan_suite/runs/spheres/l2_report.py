"""The report on L2 penalties on spheres (SPEC D4): table 5.6 and its claims tested, figures 5.3 to 5.5, samples."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.reports.box_plots import plot_boxes
from tfgan_suite.runs.reports.claims import Claim, Comparison, Spread, all_of, lower_mean, lower_stddev
from tfgan_suite.runs.reports.comparison_report import Rows, last_value
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table
from tfgan_suite.runs.spheres.figures import NOISE_CORRELATION, SMALLEST_WEIGHT, count_noise, draw_weights
from tfgan_suite.runs.spheres.report import (
    HEADS,
    KL,
    NAMES,
    reference_scores,
    sample_grid_picture,
    sphere_table,
    spread_of,
    trained_gan,
)

MODERATE = (1e-5, 1e-4)
"""Strengths that the thesis calls moderate (figures 5.4 and 5.5), or optimal for a set (table 5.6)."""
TOO_STRONG = 3e-3
"""From here on it has both measures rise again."""
NUM_SHOWN = 32

Scores = Mapping[float, Mapping[str, Spread]]  # strength -> score -> its spread


def l2_claims(dataset: str, scores: Scores, best: Mapping[str, float]) -> list[Claim]:
    """The thesis' claims on one set (section 5.2), tested on the spreads of any strengths that were trained.

    Args:
        dataset: its name, for the texts.
        scores: strength -> score in `HEADS` -> spread over the repeats.
        best: score -> the strength that had the lowest mean in the thesis.

    Returns:
        That moderate strengths lower the means, and the standard deviations; that `TOO_STRONG` ones raise them over
        the best of the weaker ones; that the lowest means are where they were in the thesis.
    """
    weaker = [each for each in scores if 0 < each < TOO_STRONG]
    strong = [each for each in scores if each >= TOO_STRONG]
    lowest = {name: min(weaker, key=lambda each: scores[each][name].mean, default=math.nan) for name in HEADS}
    lowers, raises = [], []  # pairs (strength, lower than which strength) of a score
    for name in HEADS:
        lowers += [(name, each, 0.0) for each in MODERATE if each in scores and 0.0 in scores]
        raises += [(name, lowest[name], each) for each in strong if weaker]
    label = ", ".join(f"{each:g}" for each in MODERATE)
    claims = []
    for text, pairs in (
        (f"{dataset}: moderate λ ({label}) {{}} below those of λ = 0", lowers),
        (f"{dataset}: λ ≥ {TOO_STRONG:g} {{}} above those of the best weaker λ", raises),
    ):
        verb = "brings" if pairs is lowers else "takes"
        claims.append(all_of(text.format(f"{verb} the means of KL and RMSE"), _compared(scores, pairs, lower_mean)))
        claims.append(all_of(text.format(f"{verb} their standard deviations"), _compared(scores, pairs, lower_stddev)))
    parts = []
    if set(best.values()) <= set(scores) and len(scores) > 1:
        for name, strength in best.items():
            own = min(scores, key=lambda each: scores[each][name].mean)
            parts.append(Comparison(own == strength, f"{NAMES[name]}: lowest at {own:g}"))
    where = ", ".join(f"{strength:g} ({NAMES[name]})" for name, strength in best.items())
    return [*claims, all_of(f"{dataset}: the lowest means are at λ = {where}", parts)]


def _compared(scores: Scores, pairs: Sequence[tuple[str, float, float]], compare: Any) -> list[Comparison]:
    what = "std of " if compare is lower_stddev else ""
    return [
        compare(f"{what}{NAMES[name]} at {low:g}", scores[low][name], f"at {high:g}", scores[high][name])
        for name, low, high in pairs
    ]


@dataclasses.dataclass(frozen=True)
class L2Report:
    """The parts of the report.

    Args:
        settings: of `recipes.sphere_l2`.
        folder: of the run.
        results: `SphereTrial` -> the rows of its metrics.
        paper: set -> strength -> (KL, RMSE) of table 5.6.
    """

    settings: Any
    folder: RunFolder
    results: Mapping[Any, Rows]
    paper: Mapping[str, Mapping[float, tuple[Spread, Spread]]]

    def trials_of(self, dataset: str) -> dict[float, list[Any]]:
        """Strength -> the trials on a set, in the order of their seeds."""
        found: dict[float, list[Any]] = {}
        for trial in self.results:
            if trial.kind.startswith(f"{dataset}_"):
                found.setdefault(trial.l2_strength, []).append(trial)
        return found

    def scores(self, dataset: str) -> dict[float, dict[str, Spread]]:
        """Strength -> score -> its spread over the repeats."""
        return {
            strength: {name: spread_of([self.results[trial] for trial in trials], name) for name in HEADS}
            for strength, trials in self.trials_of(dataset).items()
        }

    def best(self, dataset: str, name: str = KL) -> float:
        """The strength of the lowest mean."""
        scores = self.scores(dataset)
        return min(scores, key=lambda strength: scores[strength][name].mean)

    def claims(self) -> list[Claim]:
        """Of all sets."""
        return [claim for dataset in self.settings.datasets for claim in self._claims(dataset)]

    def _claims(self, dataset: str) -> list[Claim]:
        paper = self.paper[dataset]
        best = {name: min(paper, key=lambda each: paper[each][column].mean) for column, name in enumerate(HEADS)}
        return l2_claims(dataset, self.scores(dataset), best)

    def key_numbers(self) -> list[KeyNumber]:
        """The lowest means of each set."""
        return [
            KeyNumber(f"lowest mean {HEADS[name]}, {dataset}", str(self.scores(dataset)[best][name]), f"λ = {best:g}")
            for dataset in self.settings.datasets
            for name in HEADS
            for best in [self.best(dataset, name)]
        ]

    # --- tables ------------------------------------------------------------------------------------------------------

    def tables(self) -> list[Table]:
        """Table 5.6, a part for each set, and what became of the generators' weights."""
        return [*(self._scores_table(dataset) for dataset in self.settings.datasets), self._weights_table()]

    def _scores_table(self, dataset: str) -> Table:
        own = {f"{each:g}": [self.results[t] for t in trials] for each, trials in self.trials_of(dataset).items()}
        paper = {f"{each:g}": spreads for each, spreads in self.paper[dataset].items()}
        spheres = self._spheres(dataset)
        return sphere_table(
            f"Table 5.6, {dataset} spheres",
            paper,
            own,
            row_head="λ",
            references=reference_scores(spheres, self.settings.num_samples, self.settings.seed),
            mark_lowest=True,
            note=f"{self.settings.num_samples:,} samples after the last step.",
        )

    def _weights_table(self) -> Table:
        cells = []
        for dataset in self.settings.datasets:
            for strength, trials in self.trials_of(dataset).items():
                gan = trained_gan(self.settings, trials[0], self.folder)
                counts = np.array([count_noise(self._weights(trial, gan)) for trial in trials])
                cells.append([dataset, f"{strength:g}", len(trials), *(Spread.of(column) for column in counts.T)])
        heads = ("Set", "λ", "Repeats", "noise", "vanished")
        note = (
            "Of a generator's 64 hidden units; mean ± standard deviation over repeats. Noise: neighbouring weights of "
            f"its image correlate by less than {NOISE_CORRELATION:g}. Vanished: no weight above {SMALLEST_WEIGHT:g}."
        )
        return Table("Units whose weights are noise (figure 5.3)", heads, cells, note)

    # --- pictures ----------------------------------------------------------------------------------------------------

    def boxes(self) -> list[Picture]:
        """Figures 5.4 and 5.5."""
        pictures = []
        for dataset in self.settings.datasets:
            number = {"sharp": "5.4", "smooth": "5.5"}[dataset]
            for column, (name, head) in enumerate(HEADS.items()):
                path = self.folder.figures / f"{dataset}_{name}.png"
                groups = {
                    f"{each:g}": [last_value(self.results[trial], name) for trial in trials]
                    for each, trials in self.trials_of(dataset).items()
                }
                lowest = min(spreads[column].mean for spreads in self.paper[dataset].values())
                plot_boxes(
                    path,
                    groups,
                    xlabel="λ of the L2 penalty",
                    ylabel=head,
                    title=f"Figure {number}: {dataset} spheres",
                    logy=name == KL,
                    references={"the document's lowest mean": lowest},
                )
                alt = f"Box plots of the {head} of {dataset} spheres over the strength of the L2 penalty"
                pictures.append(Picture(path, alt))
        return pictures

    def weight_images(self) -> list[Picture]:
        """Figure 5.3, of the first repeats without a penalty and with the weakest one."""
        pictures = []
        for dataset in self.settings.datasets:
            for strength, trials in sorted(self.trials_of(dataset).items())[:2]:
                path = self.folder.figures / f"{dataset}_weights_{strength:g}.png"
                images = self._weights(trials[0])
                draw_weights(path, images)
                noise, vanished = count_noise(images)
                caption = (
                    f"Figure 5.3: weights of the generator's 64 hidden units, {dataset} spheres, λ = {strength:g}: "
                    f"{noise} are noise, {vanished} vanished."
                )
                pictures.append(Picture(path, f"Weights as images, {dataset} spheres, λ = {strength:g}", caption))
        return pictures

    def samples(self) -> list[Picture]:
        """Of the first repeats without a penalty and with the best one."""
        pictures = []
        for dataset in self.settings.datasets:
            trials = self.trials_of(dataset)
            for strength in dict.fromkeys((min(trials), self.best(dataset))):
                trial = trials[strength][0]
                name = f"{dataset} spheres, λ = {strength:g}"
                path = self.folder.figures / f"{dataset}_samples_{strength:g}.png"
                images = trained_gan(self.settings, trial, self.folder).sample(NUM_SHOWN)
                pictures.append(
                    sample_grid_picture(path, images, f"Samples: {name}", f"Samples: {name}", num_columns=8)
                )
        return pictures

    def _weights(self, trial: Any, gan: Any = None) -> np.ndarray:
        """The generator's last kernel [64, 784] as [64, 28, 28]; `gan`: a model that may be used for it."""
        generator = trained_gan(self.settings, trial, self.folder, gan).generator
        height, width, _ = generator.output_shape[1:]
        return generator.get_layer("outputs").kernel.numpy().reshape(-1, height, width)

    def _spheres(self, dataset: str) -> Any:
        from tfgan_suite.runs.spheres.study import spheres_at

        trial = next(iter(self.trials_of(dataset).values()))[0]
        return spheres_at(self.settings, trial, self.settings.num_steps)
