"""The report on spheres of different smoothness (SPEC D6): figures 5.6 and 5.7, and the thesis' claims tested."""

import dataclasses
import functools
import itertools
from collections.abc import Mapping
from typing import Any

from tfgan_suite.metrics.functional.spheres import detect_centers
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.reports.claims import Claim, Comparison, Spread, all_of, lower_mean, mean_beyond
from tfgan_suite.runs.reports.comparison_report import Rows
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table
from tfgan_suite.runs.spheres.figures import plot_centers, plot_spreads
from tfgan_suite.runs.spheres.models import MODELS
from tfgan_suite.runs.spheres.report import (
    HEADS,
    KL,
    NAMES,
    RMSE,
    reference_scores,
    sample_grid_picture,
    sphere_table,
    spread_of,
    trained_gan,
)
from tfgan_suite.runs.spheres.settings import SHARP_K

NUM_SHOWN = 16

Scores = Mapping[str, Mapping[float, Mapping[str, Spread]]]  # model -> k -> score -> its spread


def smoothness_claims(scores: Scores) -> list[Claim]:
    """The thesis' claims (section 5.3), tested as far as models and k were trained.

    Args:
        scores: model -> k -> score in `HEADS` -> spread over the repeats.
    """
    claims = []
    for model, of_k in scores.items():
        title, ks = MODELS[model].title, sorted(of_k)  # from sharp to smooth
        sharp, smooth = (k if k in of_k else None for k in (SHARP_K, 0.0))
        if model == "gan_28":
            drop = []
            if None not in (sharp, smooth):
                drop = [
                    mean_beyond(f"KL at {sharp:g}:", of_k[sharp][KL], 1.0, above=True),
                    mean_beyond(f"at {smooth:g}:", of_k[smooth][KL], 0.1, above=False),
                ]
            claims.append(all_of(f"{title}: KL falls from above 1, sharp, to below 0.1, smooth", drop))
        elif model == "wgan_28":
            ends = [] if None in (sharp, smooth) else [(KL, smooth, sharp)]
            claims.append(all_of(f"{title}: KL is lower for smooth images than for sharp ones", _lower(of_k, ends)))
            steps = [(RMSE, smoother, sharper) for sharper, smoother in itertools.pairwise(ks)]
            claims.append(all_of(f"{title}: RMSE is the lower the smoother", _lower(of_k, steps)))
        else:
            steps = [(name, smoother, sharper) for name in HEADS for sharper, smoother in itertools.pairwise(ks)]
            claims.append(all_of(f"{title}: KL and RMSE are the lower the smoother", _lower(of_k, steps)))
    return [*claims, *_claims_between_models(scores)]


def _lower(of_k: Mapping[float, Mapping[str, Spread]], pairs: list[tuple[str, float, float]]) -> list[Comparison]:
    return [
        lower_mean(f"{NAMES[name]} at k = {low:g}", of_k[low][name], f"at {high:g}", of_k[high][name])
        for name, low, high in pairs
    ]


def _claims_between_models(scores: Scores) -> list[Claim]:
    texts = {
        ("wgan_28", "gan_28"): "lower KL and RMSE at every k",
        ("wgan_28", "wgan_48"): "lower KL at every k",
        ("wgan_28", "wgan_two_spheres"): "lower KL and RMSE at every k",
        ("wgan_48", "wgan_two_spheres"): "lower KL and RMSE at every k",
    }
    claims = []
    for (low, high), text in texts.items():
        parts = [
            lower_mean(f"{NAMES[name]} at k = {k:g}", scores[low][k][name], "other", scores[high][k][name])
            for k in sorted(set(scores.get(low, ())) & set(scores.get(high, ())))
            for name in HEADS
            if name == KL or "RMSE" in text
        ]
        claims.append(all_of(f"{MODELS[low].title} has {text} than {MODELS[high].title}", parts))
    return claims


@dataclasses.dataclass(frozen=True)
class SmoothnessReport:
    """The parts of the report.

    Args:
        settings: of `recipes.sphere_smoothness`.
        folder: of the run.
        results: `SphereTrial` -> the rows of its metrics.
        paper: model, k -> (KL, RMSE) in the thesis, where it has them.
    """

    settings: Any
    folder: RunFolder
    results: Mapping[Any, Rows]
    paper: Mapping[tuple[str, float], tuple[Spread, Spread]]

    @functools.cached_property
    def trials(self) -> dict[tuple[str, float], list[Any]]:
        """Model, k -> its repeats."""
        found: dict[tuple[str, float], list[Any]] = {}
        for trial in self.results:
            found.setdefault((trial.model, trial.plan.values[0]), []).append(trial)
        return found

    @functools.cached_property
    def scores(self) -> dict[str, dict[float, dict[str, Spread]]]:
        """Model -> k, from sharp to smooth -> score -> its spread over the repeats."""
        found: dict[str, dict[float, dict[str, Spread]]] = {}
        for (model, k), trials in sorted(self.trials.items(), key=lambda item: item[0][1]):
            rows = [self.results[trial] for trial in trials]
            found.setdefault(model, {})[k] = {name: spread_of(rows, name) for name in HEADS}
        return {model: found[model] for model in MODELS if model in found}

    def claims(self) -> list[Claim]:
        """Of all models."""
        return smoothness_claims(self.scores)

    def key_numbers(self) -> list[KeyNumber]:
        """KL of the sharpest and of the smoothest images, model by model."""
        return [
            KeyNumber(f"KL, {MODELS[model].title}, k = {k:g}", str(of_k[k][KL]), "nats")
            for model, of_k in self.scores.items()
            for k in dict.fromkeys((min(of_k), max(of_k)))
        ]

    def table(self) -> Table:
        """All values, those of true images below them."""

        def name(model: str, k: float) -> str:
            return f"{MODELS[model].title}, k = {k:g}"

        own = {
            name(model, k): [self.results[trial] for trial in self.trials[model, k]]
            for model, of_k in self.scores.items()
            for k in of_k
        }
        return sphere_table(
            "Diversity and quality over smoothness (figure 5.7)",
            {name(*key): spreads for key, spreads in self.paper.items()},
            own,
            row_head="Model",
            references=self._references(),
            note=f"{self.settings.num_samples:,} samples after the last step.",
        )

    def _references(self) -> dict[str, dict[str, float]]:
        """Of images that are as sharp as any."""
        found = {}
        for model, of_k in self.scores.items():
            spheres, title = self._spheres(model, min(of_k)), MODELS[model].title
            scores = reference_scores(spheres, self.settings.num_samples, self.settings.seed)
            found |= {f"{title}, k = {min(of_k):g}, {name}": of for name, of in scores.items()}
        return found

    def spreads_figure(self) -> Picture:
        """Figure 5.7."""
        path = self.folder.figures / "smoothness.png"
        ks = sorted({k for of_k in self.scores.values() for k in of_k})
        missing = {name: Spread.of([]) for name in HEADS}
        panels = {
            head: {MODELS[model].title: [of_k.get(k, missing)[name] for k in ks] for model, of_k in self.scores.items()}
            for name, head in HEADS.items()
        }
        names = [f"{k:g}" for k in ks]
        plot_spreads(path, names, panels, xlabel="k, sharp to smooth", title="Figure 5.7", logy=(True, False))
        alt = f"KL and RMSE over k = {', '.join(names)} for {', '.join(panels[HEADS[KL]])}"
        return Picture(path, alt, "Figure 5.7: means and standard deviations over repeats.")

    def center_figures(self) -> list[Picture]:
        """Figure 5.6, left: where the spheres of the first repeats are, a figure for each model."""
        pictures = []
        for model, of_k in self.scores.items():
            panels = {}
            for k in self._shown(of_k):
                spheres = self._spheres(model, k)
                images = self._gan(model, k).sample(self.settings.num_samples, batch_size=10_000)
                centers = detect_centers(images, **spheres.detection_options(images))
                panels[f"k = {k:g}"] = centers, spheres.area
            path, title = self.folder.figures / f"{model}_centers.png", MODELS[model].title
            plot_centers(path, panels, MODELS[model].image_size)
            caption = (
                f"Figure 5.6: {title}, first repeats. Area of a dot: share of the spheres; red: where true ones are."
            )
            pictures.append(Picture(path, f"Detected centres of {title} at {' and '.join(panels)}", caption))
        return pictures

    def samples(self) -> list[Picture]:
        """Figure 5.6, right: 16 images of the first repeats, for the sharpest and the smoothest k."""
        pictures = []
        for model, of_k in self.scores.items():
            for k in self._shown(of_k):
                name = f"{MODELS[model].title}, k = {k:g}"
                path = self.folder.figures / f"{model}_samples_{k:g}.png"
                images = self._gan(model, k).sample(NUM_SHOWN)
                pictures.append(sample_grid_picture(path, images, f"Samples of {name}", f"Samples: {name}"))
        return pictures

    @staticmethod
    def _shown(of_k: Mapping[float, Any]) -> list[float]:
        return list(dict.fromkeys((min(of_k), max(of_k))))

    def _gan(self, model: str, k: float) -> Any:
        return trained_gan(self.settings, self.trials[model, k][0], self.folder)

    def _spheres(self, model: str, k: float) -> Any:
        from tfgan_suite.runs.spheres.study import spheres_at

        return spheres_at(self.settings, self.trials[model, k][0], self.settings.num_steps)
