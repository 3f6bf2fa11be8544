"""`recipes.mmgan_images` by its smoke preset."""

import json
import typing

import pytest

from recipes import mmgan_images
from recipes.mmgan_images import HEADS, TITLES, Method


def test_methods_have_titles():
    assert set(typing.get_args(Method)) == set(TITLES)


@pytest.mark.parametrize("network", ["dcgan", "infogan"])
def test_smoke_measures_each_method(runner, network):
    methods = ("gan", "mmgan10", "supervised20", "acgan")
    folder = runner(mmgan_images)("--methods", *methods, "--covariance", "diagonal", "--network", network)
    for method in methods:
        trial = folder / method / "trial_0"
        rows = [json.loads(line) for line in (trial / "metrics.jsonl").read_text().splitlines()]
        assert set(HEADS) <= set(rows[-1])
        assert all(0 <= rows[-1][name] <= 1 for name in ("quality_score", "diversity_score", "combined_score"))
        card = json.loads((trial / "saved_model/card.json").read_text())
        assert card["num_gaussians"] == {"mmgan10": 10, "supervised20": 20}.get(method)
        assert ("sample_gaussian" in card["functions"]) == (method in ("mmgan10", "supervised20"))
    report = (folder / "report.html").read_text()
    assert "Supervised MM-GAN, K = 20" in report
    assert "covariances diagonal" in report


def test_the_documents_values_are_those_of_the_data_set():
    settings = mmgan_images.PRESETS["paper"]
    assert settings.dataset == "cifar10"
    assert mmgan_images.study_of(settings).paper["mmgan30"][0] == 5.98
    assert mmgan_images.study_of(mmgan_images.PRESETS["demo"]).paper == {}


def test_a_prior_that_cannot_be(runner, capsys):
    with pytest.raises(SystemExit):
        runner(mmgan_images)("--variance", "0")
    assert "`variance` must be above 0" in " ".join(capsys.readouterr().err.split())


def test_a_size_that_the_network_does_not_make(runner, capsys):
    with pytest.raises(SystemExit):
        runner(mmgan_images)("--image-size", "18", "--network", "infogan")
    assert "whose size is a multiple of 4" in " ".join(capsys.readouterr().err.split())
