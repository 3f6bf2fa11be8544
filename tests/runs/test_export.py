"""The card and README of a run's sampler."""

import json
from types import SimpleNamespace

import keras
import pytest
from keras import layers

from tfgan_suite.metrics.protocol import Protocol
from tfgan_suite.models import GAN
from tfgan_suite.runs.export import export_run

PROTOCOL = Protocol("pixels", "00ff", "none", "digits", "train", 1437, 1000)
IMAGES = SimpleNamespace(
    name="digits", num_images=1437, image_shape=(2, 2, 1), resize="none", class_names=("zero", "one|two")
)


@pytest.fixture(scope="module")
def gan():
    latents, images = keras.Input((3,), name="latents"), keras.Input((2, 2, 1), name="images")
    generator = keras.Model(latents, layers.Reshape((2, 2, 1))(layers.Dense(4)(latents)))
    return GAN(generator, keras.Model(images, layers.Dense(1)(layers.Flatten()(images))))


@pytest.fixture(scope="module")
def folder(gan, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "digits-demo" / "saved_model"
    facts = {"images": IMAGES, "command": "python -m recipes.x --seed 1", "batch_size": 64}
    return export_run(gan, path, metrics={"FID": 12.5}, protocol=PROTOCOL, **facts)


def test_the_card_has_what_the_run_knows(folder):
    card = json.loads((folder / "card.json").read_text())
    assert card["name"] == "digits-demo"
    assert card["class_names"] == ["zero", "one|two"]
    assert card["metrics"] == {"FID": 12.5}
    assert Protocol.from_dict(card["protocol"]) == PROTOCOL
    assert card["made_by"]["data"] == "digits, 1,437 images [2, 2, 1]"
    assert card["made_by"]["batch size"] == 64


def test_the_readme_shows_it(folder):
    text = (folder / "README.md").read_text()
    for line in (
        "# digits-demo",
        "| classes | zero, one\\|two |",
        "| command | `python -m recipes.x --seed 1` |",
        "| FID | 12.5 |",
        "| embedder | pixels |",
        "| data | digits, 1,437 images [2, 2, 1] |",
    ):
        assert line in text.splitlines()


def test_a_trial_is_named_with_its_run(gan, tmp_path):
    trial = tmp_path / "study" / "mmgan10" / "trial_0"
    trial.mkdir(parents=True)
    (tmp_path / "study" / "config.json").write_text("{}")
    exported = export_run(gan, trial / "saved_model", images=IMAGES, command="x")
    assert json.loads((exported / "card.json").read_text())["name"] == "study/mmgan10/trial_0"


def test_numbers_need_their_protocol(gan, tmp_path):
    with pytest.raises(ValueError, match="`protocol` must be given with metrics"):
        export_run(gan, tmp_path / "s", images=IMAGES, command="x", metrics={"FID": 1.0})
    assert list(tmp_path.iterdir()) == []


def test_numbers_must_be_finite(gan, tmp_path):
    with pytest.raises(ValueError, match="finite"):
        export_run(gan, tmp_path / "s", images=IMAGES, command="x", metrics={"FID": float("nan")}, protocol=PROTOCOL)
    assert list(tmp_path.iterdir()) == []
