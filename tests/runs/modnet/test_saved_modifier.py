"""An exported ModNet used from NumPy: what the model does, and what does not fit."""

import json
from pathlib import Path

import numpy as np
import pytest

from tfgan_suite.runs.modnet.saved_modifier import SavedModifier, is_modifier

SAMPLER = Path(__file__).parents[3] / "saved_models" / "digits"


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-1, 1, (5, 28, 28, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def modnet(images):
    from tfgan_suite.data import Images, Split
    from tfgan_suite.models import ModNet

    pixels, labels = np.zeros((6, 28, 28, 1), np.uint8), np.arange(6, dtype=np.int32) % 3
    return ModNet.for_images(Images("zeros", Split(pixels, labels), None, tuple("abc")), num_filters=1)


@pytest.fixture(scope="module")
def run(modnet, tmp_path_factory):
    """A run folder with an exported ModNet."""
    folder = tmp_path_factory.mktemp("run")
    modnet.export(folder / "saved_model")
    (folder / "config.json").write_text("{}")
    return folder


@pytest.mark.parametrize("inside", ["", "saved_model"])
def test_it_does_what_the_model_does_in_any_batches(modnet, run, images, inside):
    modifier = SavedModifier.load(run / inside)
    assert (modifier.image_shape, modifier.num_classes, modifier.class_names) == ((28, 28, 1), 3, None)
    targets = [0, 1, 2, 0, 1]
    np.testing.assert_allclose(
        modifier.modify(images, targets, batch_size=2), modnet.modify(images, targets), atol=1e-5
    )
    np.testing.assert_allclose(modifier.modify(images, 2), modnet.modify(images, 2), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((1, 4, 4, 1), np.float32)}, "`images` must have the shape"),
        ({"images": np.full((1, 28, 28, 1), 7.0)}, r"`images` must be in \[-1, 1\]"),
        ({"targets": [0, 1]}, "`targets` must be one label or one per image"),
        ({"targets": 3}, r"`targets` must be in \[0, num_classes\)"),
        ({"batch_size": 0}, "`batch_size` must be above 0"),
    ],
)
def test_what_does_not_fit_is_refused(run, images, change, message):
    with pytest.raises(ValueError, match=message):
        SavedModifier.load(run).modify(**{"images": images, "targets": 0, **change})


def test_only_a_modifier_is_one(run, tmp_path):
    assert is_modifier(run)
    assert is_modifier(run / "saved_model")
    assert not is_modifier(SAMPLER)
    assert not is_modifier("digits")
    with pytest.raises(ValueError, match="The card of a modifier must have the format"):
        SavedModifier.load(SAMPLER)
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        SavedModifier.load(tmp_path / "none")
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(ValueError, match="The card is damaged"):
        is_modifier(tmp_path)


def test_a_damaged_one_is_said_to_be_so(run, tmp_path):
    (tmp_path / "card.json").write_text((run / "saved_model/card.json").read_text())
    (tmp_path / "saved_model.pb").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"The modifier in .* is damaged; export it again"):
        SavedModifier.load(tmp_path)


def test_class_names_come_from_the_card(modnet, tmp_path):
    modnet.export(tmp_path / "named", {"class_names": ["cat", "dog", "hen"]})
    assert SavedModifier.load(tmp_path / "named").class_names == ("cat", "dog", "hen")
    assert json.loads((tmp_path / "named/card.json").read_text())["bounding"] == "clip"
