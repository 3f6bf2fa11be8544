"""Training sets from a ModNet: draws, targets, images, jobs and words, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from tfgan_suite.runs.modnet import augmentation_report as report
from tfgan_suite.runs.modnet.augmentation import (
    Job,
    classifier_seed,
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
    """Jobs of one ModNet follow each other; that of the subset of all images is that of all."""
    settings = SimpleNamespace(num_trials=1, num_real=(10, 60), modnets=("all", "subset"))
    jobs = jobs_of(settings, 60)
    assert [(job.num_real, job.kind) for job in jobs] == [
        *((60, "real"), (10, "real"), (60, "judge"), (60, "generated")),
        *((10, "all"), (60, "all"), (60, "subset"), (10, "subset")),
    ]
    assert list(modnets_of(jobs, 60)) == [(0, 60), (0, 10)]
    assert [job.num_known(60) for job in jobs if job.needs_modnet] == [60, 60, 60, 60, 10]
    assert Job(0, 10, "all").key == (0, 10, "all")


def test_attacked_classifiers_learners_and_judges_begin_with_different_weights():
    kinds = ("real", "judge", "generated")
    assert len({classifier_seed(seed, kind) for seed in (0, 1) for kind in kinds}) == 6
    assert classifier_seed(0, "generated") == classifier_seed(0, "all") == classifier_seed(0, "subset")


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
    assert report.verdict(np.array([0.1])) == "not tested"


def test_differences_are_clear_by_students_t():
    """Of two trials t is 12.7, of three 4.3: 0.1 ± 0.04 is 2.5 standard errors."""
    of_two, of_three = np.array([0.06, 0.14]), 0.1 + 0.04 * np.array([-1.5, 0, 1.5]) * 2 / 3**0.5
    for differences in (of_two, of_three):
        assert differences.std(ddof=1) / len(differences) ** 0.5 == pytest.approx(0.04)
        assert report.verdict(differences) == "no clear difference"
    assert report.verdict(np.array([0.093, 0.107])) == "better"  # 14 standard errors
    assert report.verdict(np.array([0.09, 0.11])) == "no clear difference"  # 10


def test_the_thesis_value_is_context_and_no_verdict():
    said = report.alone_in_words([0.89, 0.91], [0.99])
    assert "right about 90.0 ± 1.0 % of the real test images; from the real training images it gets 99 %" in said
    assert said.endswith("(The thesis has 88%, of data that it does not name.)")
    assert said.replace("90.0 ± 1.0", "80.0 ± 1.0") == report.alone_in_words([0.79, 0.81], [0.99])


def test_words_on_the_curve_say_what_the_modnet_has_seen():
    settings = SimpleNamespace(modnets=("all", "subset"), num_real=(10,), num_trials=2)
    both = rows(real=[0.5, 0.6], all=[0.6, 0.7], subset=[0.5, 0.6])
    seen, few = report.curve_in_words(settings, both)
    assert "trained on all training images, whose labels it has seen: better at 10 (+10" in seen
    assert "trained on the same real images: no clear difference at 10" in few
    one = report.curve_in_words(
        SimpleNamespace(modnets=("all",), num_real=(10,), num_trials=1), rows(real=[0.5], all=[0.6])
    )
    assert "not tested at 10 (+10 points)" in one[0]
    assert one[1] == "With one trial no difference is tested."


def test_signs_that_only_the_attacked_classifier_sees_are_told():
    def seen(others, own):
        row = {"num_real": 60, "kind": "generated", "seen_as_target": others, "own_fooling_rate": own}
        return report.seen_in_words([row], 60)

    assert "in 1.0% of them, the ModNet's own in 98.0%: most of its signs mean nothing to others." in seen(0.01, 0.98)
    assert seen(0.9, 0.98).endswith("in 90.0% of them, the ModNet's own in 98.0%.")


def test_curve_is_drawn(tmp_path):
    curves = {"a": np.array([[0.1, 0.5], [0.2, 0.6]]), "b": np.array([[0.3, 0.7]])}
    report.draw_curve(tmp_path / "curve.png", (10, 100), curves, {"all": 0.9})
    assert (tmp_path / "curve.png").stat().st_size > 1000
