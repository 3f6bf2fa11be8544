"""The table of metrics: every entry computes what it says, and refuses what it lacks."""

import dataclasses

import numpy as np
import pytest

from tfgan_suite.metrics.catalogue import DIRECTIONS, METRICS
from tfgan_suite.metrics.evaluation import Evaluation, compare, measure
from tfgan_suite.metrics.functional import feature_statistics, frechet_distance, quality_scores
from tfgan_suite.metrics.functional.quality_diversity import reference_log_alpha
from tfgan_suite.metrics.inputs import NEEDS, ImageSet, Inputs
from tfgan_suite.metrics.options import MetricOptions
from tfgan_suite.metrics.protocol import Protocol
from tfgan_suite.metrics.summaries import Summary

PROTOCOL = Protocol("network", "abc", "none", "digits", "test", 40, 40)


def image_set(seed, probs=True):
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(40, 4))
    logits = generator.normal(size=(40, 3))
    return ImageSet(
        generator.integers(0, 256, (40, 16, 16, 3), dtype=np.uint8),
        Summary(
            feature_statistics(features),
            features,
            np.arange(40),
            np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True) if probs else None,
        ),
    )


@pytest.fixture(scope="module")
def inputs():
    options = MetricOptions(kid_subset_size=10, max_swd_images=8, max_diversity_images=6)
    return Inputs(image_set(0), image_set(1), options, train=image_set(2))


@pytest.mark.parametrize("name", METRICS)
def test_computes_the_numbers_that_it_names(inputs, name):
    values, intervals, _ = measure(inputs, [name])
    assert set(values) == set(METRICS[name].directions)
    assert all(isinstance(value, float) and np.isfinite(value) for value in values.values())
    assert intervals == {}


def test_fid_is_that_of_the_statistics(inputs):
    values, _, _ = measure(inputs, ["fid"])
    expected = frechet_distance(inputs.real.summary.statistics, inputs.fake.summary.statistics)
    assert values == {
        "fid": expected.total,
        "fid_mean_part": expected.mean_part,
        "fid_covariance_part": expected.covariance_part,
    }


def test_kid_does_not_depend_on_the_order_in_a_folder(inputs):
    order = np.argsort(inputs.real.summary.features[:, 0])
    features = inputs.real.summary.features[order]
    real = ImageSet(None, dataclasses.replace(inputs.real.summary, features=features))
    shuffled = dataclasses.replace(inputs, real=real)
    value, again = (measure(each, ["kid"])[0] for each in (inputs, shuffled))
    # Other blocks of the same rows: within a few standard errors, where blocks of sorted rows are far off.
    assert abs(value["kid"] - again["kid"]) < 4 * max(value["kid_standard_error"], again["kid_standard_error"])


def test_bootstrap(inputs):
    _, intervals, _ = measure(inputs, ["fid", "is", "prdc"], num_resamples=20)
    assert set(intervals) == {*METRICS["fid"].directions, "inception_score"}
    assert all(low < high for low, high in intervals.values())
    assert measure(inputs, ["fid"], num_resamples=20)[1]["fid"] == intervals["fid"]
    low, high = measure(inputs, ["fid"], num_resamples=20, confidence=0.5)[1]["fid"]
    assert intervals["fid"][0] < low < high < intervals["fid"][1]


def test_bootstrap_of_both_sets_is_wider(inputs):
    both = dataclasses.replace(inputs, options=dataclasses.replace(inputs.options, resample="both"))
    widths = []
    for each in (inputs, both):
        low, high = measure(each, ["fid"], num_resamples=200)[1]["fid"]
        widths.append(high - low)
    # Two sets of one size and kind: wider by about the root of 2; an end of 200 resamples scatters by about a tenth.
    assert 1.1 < widths[1] / widths[0] < 2.0
    part = dataclasses.replace(inputs.real.summary, features=inputs.real.summary.features[:20])
    with pytest.raises(ValueError, match=r"features of all real images.*Raise `max_rows`"):
        measure(dataclasses.replace(both, real=ImageSet(inputs.real.images, part)), ["fid"], num_resamples=10)
    statistics = Summary(inputs.real.summary.statistics, np.empty((0, 4)), np.empty(0, int))
    with pytest.raises(ValueError, match=r"features of all real images.*not their mean and covariance"):
        measure(dataclasses.replace(both, real=ImageSet(None, statistics)), ["fid"], num_resamples=10)


def test_quality_says_which_alpha_it_took(inputs):
    values, _, _ = measure(inputs, ["quality_diversity"])
    features, references = inputs.fake.summary.features, inputs.real.summary.features
    assert values["quality_log_alpha"] == reference_log_alpha(references)
    assert values["quality_score"] == pytest.approx(quality_scores(features, references).mean())
    given = dataclasses.replace(inputs, options=dataclasses.replace(inputs.options, quality_alpha=2.0))
    values, _, _ = measure(given, ["quality_diversity"])
    assert values["quality_log_alpha"] == pytest.approx(np.log(2))
    assert values["quality_score"] == pytest.approx(quality_scores(features, references, 2.0).mean())


def test_every_need_is_refused_with_a_fix(inputs):
    poor = Inputs(
        ImageSet(None, Summary(inputs.real.summary.statistics, np.empty((0, 4)), np.empty(0, int))),
        ImageSet(
            np.zeros((5, 8, 8, 1), np.uint8),
            dataclasses.replace(image_set(1, probs=False).summary, features=np.zeros((5, 4))),
        ),
    )
    refused = set()
    for metric in METRICS.values():
        for need in metric.missing(poor):
            refused.add(need)
        if metric.needs:
            with pytest.raises(ValueError, match=f"the metric {metric.name} needs"):
                measure(poor, ["fid", metric.name])
    assert refused == set(NEEDS)
    assert set(measure(poor, ["fid"])[0]) == set(METRICS["fid"].directions)


def test_warnings_become_notes(inputs):
    few = dataclasses.replace(inputs, fake=inputs.fake.at(np.arange(4)))
    _, _, notes = measure(few, ["fid", "prdc"])
    assert any("4 samples with 4 dimensions is singular" in note for note in notes)
    assert len(notes) == len(set(notes))


def test_compare_knows_the_better_direction():
    assert DIRECTIONS["fid"] == "lower"
    a = Evaluation({"fid": 1.0, "inception_score": 2.0, "kid_standard_error": 1.0, "precision": 0.5}, PROTOCOL)
    b = Evaluation(
        {"fid": 3.0, "inception_score": 4.0, "kid_standard_error": 2.0, "precision": 0.5},
        dataclasses.replace(PROTOCOL, fake_source="other"),
    )
    assert [(row.name, row.better) for row in compare(a, b)] == [
        ("fid", "a"),
        ("inception_score", "b"),
        ("kid_standard_error", ""),
        ("precision", ""),
    ]
    other = Evaluation(b.values, dataclasses.replace(PROTOCOL, seed=1))
    with pytest.raises(ValueError, match=r"same protocol. Received: seed=\(0, 1\)"):
        compare(a, other)
    assert compare(a, other, ignore=["seed"])
    with pytest.raises(ValueError, match="must name fields of a protocol"):
        compare(a, other, ignore=["sead"])
    with pytest.raises(ValueError, match="must have a number in common"):
        compare(a, Evaluation({"kid": 1.0}, PROTOCOL))


def test_an_evaluation_is_read_as_it_was_written(tmp_path):
    evaluation = Evaluation({"fid": 1.5}, PROTOCOL, {"fid": (1.0, 2.0)}, ("a note",))
    evaluation.save(tmp_path / "a.json")
    assert Evaluation.load(tmp_path / "a.json") == evaluation


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"num_neighbors": 0}, "`num_neighbors` must be above 0"),
        ({"seed": -1}, "`seed` must be at least 0"),
        ({"quality_alpha": 0.0}, "`quality_alpha` must be above 0"),
        ({"resample": "real"}, "'fake', 'both'"),
    ],
)
def test_options_are_checked(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        MetricOptions(**options)
