"""Classifiers that learn from a ModNet's images, without and beside real ones (SPEC E3).

`settings` are those of `recipes.modnet_augment`.
"""

import dataclasses
import functools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.images import to_float, to_uint8
from tfgan_suite.data import Images, Split
from tfgan_suite.metrics.embedders import TrainedClassifier, load_classifier, save_classifier, train_classifier
from tfgan_suite.metrics.embedders.classifier_loop import predict_logits
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.modnet.draws import all_others, other_labels, stratified_rows
from tfgan_suite.runs.modnet.settings import build_modnet, build_scope, train_modnet
from tfgan_suite.runs.studies import Rows

REAL = "real"
JUDGE = "judge"
"""All real images too, by a classifier that no ModNet is trained to fool; it says what generated images look like."""
GENERATED = "generated"
BLOCK = 5_000  # images changed at once


@dataclasses.dataclass(frozen=True)
class Job:
    """One classifier: the seed's number, how many real images there are, and what is made of them.

    `kind` is `REAL`, `JUDGE` or `GENERATED`; or "all" or "subset", real images beside those that a ModNet made of them,
    which was trained on all training images or on these alone.
    """

    trial: int
    num_real: int
    kind: str

    @property
    def key(self) -> tuple[int, int, str]:
        """What tells its row from the others."""
        return dataclasses.astuple(self)

    @property
    def needs_modnet(self) -> bool:
        """Whether it learns from generated images."""
        return self.kind not in (REAL, JUDGE)

    def num_known(self, num_images: int) -> int:
        """How many of all the training images its ModNet knows."""
        return self.num_real if self.kind == "subset" else num_images


def jobs_of(settings: Any, num_images: int) -> list[Job]:
    """All classifiers, those that need the same ModNet one after the other.

    Of each trial: real images alone (all, for the judge too, and each number), generated ones alone, and both together.
    """
    found: dict[Job, None] = {}
    for trial in range(settings.num_trials):
        found |= {Job(trial, number, REAL): None for number in (num_images, *settings.num_real)}
        found[Job(trial, num_images, JUDGE)] = None
        learners = [Job(trial, number, source) for source in settings.modnets for number in settings.num_real]
        learners.sort(key=lambda job: job.num_known(num_images) < num_images)  # those of the ModNet of all images first
        found |= dict.fromkeys([Job(trial, num_images, GENERATED), *learners])
    return list(found)


def classifier_seed(seed: int, kind: str) -> int:
    """The seed of a trial's classifiers of a kind, derived from the trial's.

    Those of real images, whom ModNets are trained to fool, the judge, and those that learn from generated images each
    have their own: changes that fool a network fool more readily one that began with the same weights.
    """
    role = (REAL, JUDGE).index(kind) if kind in (REAL, JUDGE) else 2
    return int(np.random.default_rng((seed, role)).integers(2**31))


@dataclasses.dataclass(frozen=True)
class Made:
    """Generated images and what they shall be seen as.

    Attributes:
        images: uint8 [N, H, W, C].
        targets: int32 [N].
        mean_abs_change: mean |result - image| over all of them, of a range of 2.
        own_fooling_rate: share that the ModNet's own classifier sees as their targets.
    """

    images: np.ndarray
    targets: np.ndarray
    mean_abs_change: float
    own_fooling_rate: float


def make_images(modnet: Any, images_uint8: np.ndarray, targets: np.ndarray) -> Made:
    """Changes images towards their targets and rounds the results to 256 grey levels, as real images have."""
    results, change, num_fooled = [], 0.0, 0
    for start in range(0, len(images_uint8), BLOCK):
        block = slice(start, start + BLOCK)
        sources = to_float(images_uint8[block])
        results.append(to_uint8(modnet.modify(sources, targets[block])))
        rounded = to_float(results[-1])
        change += float(np.abs(rounded - sources).mean(dtype=np.float64)) * len(sources)
        num_fooled += int((modnet.class_probs(rounded).argmax(axis=1) == targets[block]).sum())
    count = len(images_uint8)
    return Made(np.concatenate(results), targets, change / count, num_fooled / count)


class Augmentation:
    """Trains the classifiers of a study, each once; a resumed one goes on with those that are missing.

    Args:
        settings: of the recipe.
        folder: the run's, claimed.
        images: `Images` with labels and test images.
    """

    def __init__(self, settings: Any, folder: RunFolder, images: Images) -> None:
        self.settings, self.folder, self.images = settings, folder, images
        self.rows = Rows(folder.metrics, "trial", "num_real", "kind")
        self._modnet_of = functools.lru_cache(maxsize=1)(self._make_modnet)

    def run(self) -> list[dict[str, Any]]:
        """One row per classifier, in the order of the jobs."""
        jobs = jobs_of(self.settings, self.images.num_images)
        for job in jobs:
            if self.rows.find(*job.key) is None:
                self.rows.add({**dataclasses.asdict(job), **self.measure(job)})
        return [self.rows.find(*job.key) for job in jobs]

    def measure(self, job: Job) -> dict[str, Any]:
        """Trains the classifier of a job; its accuracy on the real test images, and what it learnt from."""
        start, train = time.monotonic(), self.images.train
        rows = stratified_rows(train.labels, job.num_real, self.settings.seed + job.trial)
        real, labels = train.images[rows], train.labels[rows]
        facts: dict[str, Any] = {}
        if job.needs_modnet:
            made = self.make(job, rows)
            facts = {
                "seen_as_target": self._seen_as_target(job.trial, made),
                "own_fooling_rate": made.own_fooling_rate,
                "mean_abs_change": made.mean_abs_change,
            }
            together = job.kind != GENERATED
            real = np.concatenate([real, made.images]) if together else made.images
            labels = np.concatenate([labels, made.targets]) if together else made.targets
        classifier = self.fit(real, labels, classifier_seed(self.settings.seed + job.trial, job.kind))
        if not job.needs_modnet:
            save_classifier(self._classifier_file(job), classifier)
        return {
            "num_train": len(real),
            "test_accuracy": classifier.card.test_accuracy,
            **facts,
            "sec": time.monotonic() - start,
        }

    def make(self, job: Job, rows: np.ndarray) -> Made:
        """The generated images of a job: of each row one (`GENERATED`), or one for each other class."""
        train, num_classes = self.images.train, self.images.num_classes
        if job.kind == GENERATED:
            targets = other_labels(train.labels[rows], num_classes, self.settings.seed + job.trial)
        else:
            rows, targets = all_others(rows, train.labels, num_classes)
        modnet = self._modnet_of(job.trial, job.num_known(self.images.num_images))
        return make_images(modnet, train.images[rows], targets)

    def fit(self, images_uint8: np.ndarray, labels: np.ndarray, seed: int, progress: Any = None) -> TrainedClassifier:
        """A classifier of these images, all of them with the same steps; a set below a batch is repeated."""
        settings = self.settings
        copies = -(-settings.classifier_batch_size // len(images_uint8))
        names = ("network", "depth", "widen_factor", "augmentation")
        return train_classifier(
            np.concatenate([images_uint8] * copies),
            np.concatenate([labels] * copies),
            test_images=self.images.test.images,
            test_labels=self.images.test.labels,
            num_classes=self.images.num_classes,
            class_names=self.images.class_names,
            data_name=self.images.name,
            num_steps=settings.classifier_steps,
            batch_size=settings.classifier_batch_size,
            seed=seed,
            progress=progress,
            **{name: getattr(settings, name) for name in names},
        )

    def _make_modnet(self, trial: int, num_known: int) -> Any:
        """The trained ModNet of a trial that knows so many of the training images, as a classifier of its own does."""
        settings, train, seed = self.settings, self.images.train, self.settings.seed + trial
        known = self.images
        if num_known < known.num_images:
            rows = stratified_rows(train.labels, num_known, seed)
            known = dataclasses.replace(known, train=Split(train.images[rows], train.labels[rows]))
        own = self._classifier_file(Job(trial, num_known, REAL)) if settings.form == "separate" else None
        with build_scope(settings):
            classifier = None if own is None else load_classifier(own)
            modnet = build_modnet(settings, known, classifier, seed)
        train_modnet(settings, modnet, known, RunFolder(self.place(trial).path / f"modnet_{num_known}"), seed)
        return modnet

    def _seen_as_target(self, trial: int, made: Made) -> float:
        """Share of generated images that the trial's judge puts in their target's class."""
        model = load_classifier(self._classifier_file(Job(trial, self.images.num_images, JUDGE))).model
        return float((predict_logits(model, made.images).argmax(axis=1) == made.targets).mean())

    def place(self, trial: int) -> RunFolder:
        """A trial's folder in that of the run."""
        return RunFolder(self.folder.path / f"trial_{trial}")

    def _classifier_file(self, job: Job) -> Path:
        """Where a trial's classifier of real images and of nothing else is kept."""
        path = self.place(job.trial).path
        path.mkdir(parents=True, exist_ok=True)
        return path / (f"classifier_{job.num_real}.keras" if job.kind == REAL else "judge.keras")


def values_of(rows: Sequence[dict[str, Any]], num_real: int, kind: str, name: str = "test_accuracy") -> list[float]:
    """A value of one kind of classifier, of each trial in order."""
    return [row[name] for row in rows if (row["num_real"], row["kind"]) == (num_real, kind)]


def modnets_of(jobs: Sequence[Job], num_images: int) -> Iterator[tuple[int, int]]:
    """The different (trial, images that it knows) of the ModNets that jobs need."""
    return iter(dict.fromkeys((job.trial, job.num_known(num_images)) for job in jobs if job.needs_modnet))
