"""Training sets from a ModNet: draws, targets, images, jobs and words, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from tfgan_suite.runs.modnet import augmentation_report as report
from tfgan_suite.runs.modnet.augmentation import (
    Job,
    jobs_of,
    make_images,
    modnets_of,
    values_of,
)
from tfgan_suite.runs.modnet.settings import repeated


def test_few_images_are_repeated_to_fill_a_step(images):
    enough = repeated(images, 100)  # of 48
    assert len(enough.train) == 144
    assert enough.train.labels.tolist() == images.train.labels.tolist() * 3
    np.testing.assert_array_equal(enough.train.images[48:96], images.train.images)
    assert repeated(images, 48) is images


def test_made_images_are_rounded_and_measured():
    class Brighter:
        def modify(self, sources, targets):
            return np.clip(sources + 0.1 * targets[:, None, None, None], -1, 1)

        def class_probs(self, images):
            return np.tile([0.1, 0.7, 0.2], (len(images), 1))

    made = make_images(Brighter(), np.array([0, 255], np.uint8).reshape(2, 1, 1, 1), np.array([1, 2]))
    assert made.images.ravel().tolist() == [13, 255]  # 12.75 is rounded
    assert made.targets.tolist() == [1, 2]
    assert made.mean_abs_change == pytest.approx(13 / 127.5 / 2)
    assert made.own_fooling_rate == 0.5


def test_jobs_and_their_modnets():
    settings = SimpleNamespace(num_trials=1, num_real=(10, 60), modnets=("all", "subset"))
    jobs = jobs_of(settings, 60)
    assert [(job.num_real, job.kind) for job in jobs] == [
        *((60, "real"), (10, "real"), (60, "generated")),
        *((10, "all"), (60, "all"), (10, "subset"), (60, "subset")),
    ]
    assert list(modnets_of(jobs, 60)) == [(0, 60), (0, 10)]
    assert Job(0, 10, "all").key == (0, 10, "all")


def rows(**accuracies):
    """Rows of trials: real and with generated images, at 10 real images."""
    return [
        {"trial": trial, "num_real": 10, "kind": kind, "test_accuracy": value}
        for kind, values in accuracies.items()
        for trial, value in enumerate(values)
    ]


def test_gains_and_verdicts_by_hand():
    helped = rows(real=[0.5, 0.6, 0.4], all=[0.6, 0.71, 0.49])
    assert values_of(helped, 10, "real") == [0.5, 0.6, 0.4]
    differences = report.gains(helped, 10, "all")
    np.testing.assert_allclose(differences, [0.1, 0.11, 0.09])
    assert report.verdict(differences) == "better"
    assert report.in_points(differences) == "+10.00 ± 0.58 points"  # 0.01 / sqrt(3)
    assert report.verdict(-differences) == "worse"
    assert report.in_points(-differences) == "-10.00 ± 0.58 points"
    assert report.verdict(np.array([0.1, -0.1, 0.05])) == "no clear difference"
    assert report.verdict(np.array([0.1])) == "better in the one trial"
    assert report.verdict(np.array([-0.1])) == "not better in the one trial"


def test_the_words_of_the_first_experiment_follow_the_numbers():
    assert "90.0 ± 1.0 % of the real test images, at least the thesis' 88 %" in report.alone_in_words(
        [0.89, 0.91], [0.99]
    )
    assert "below the thesis' 88 %" in report.alone_in_words([0.87], [0.99])


def test_an_agreement_of_generator_and_classifier_is_told():
    def seen(others, own):
        row = {"num_real": 60, "kind": "generated", "seen_as_target": others, "own_fooling_rate": own}
        return report.seen_in_words([row], 60)

    assert "in 1.0% of them, the ModNet's own in 98.0%: generator and classifier have agreed" in seen(0.01, 0.98)
    assert seen(0.9, 0.98).endswith("in 90.0% of them, the ModNet's own in 98.0%.")


def test_curve_is_drawn(tmp_path):
    curves = {"a": np.array([[0.1, 0.5], [0.2, 0.6]]), "b": np.array([[0.3, 0.7]])}
    report.draw_curve(tmp_path / "curve.png", (10, 100), curves, {"all": 0.9})
    assert (tmp_path / "curve.png").stat().st_size > 1000
