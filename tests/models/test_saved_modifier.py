"""An exported ModNet: plain TensorFlow loads it, it does what the model does, and refuses what does not fit."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from modnet_cases import dense_modnet, modnet_with_classifier, noise
from sampler_cases import assert_close, shifted

from tfgan_suite.core.images import to_uint8
from tfgan_suite.core.sampler_format import read_card
from tfgan_suite.models import saved_modifier

IMAGES, LABELS = noise(6)

PLAIN_PROCESS = """
import sys
import numpy as np
import tensorflow as tf
modifier = tf.saved_model.load(sys.argv[1])
given = np.load(sys.argv[2])
images, labels = given["images"], given["labels"]
outputs = {
    "modify": modifier.modify(images, labels)["images"],
    "modify_uint8": modifier.modify_uint8(images, labels)["images"],
    "delta": modifier.delta(images=images, target_labels=labels)["deltas"],
}
for name, output in (("modify", "images"), ("delta", "deltas")):
    signature = modifier.signatures[name]
    outputs["signature_" + name] = signature(images=tf.constant(images), target_labels=tf.constant(labels))[output]
assert not any(name.startswith("tfgan_suite") for name in sys.modules)
np.savez(sys.argv[3], **{name: value.numpy() for name, value in outputs.items()})
"""


@pytest.fixture(scope="module")
def model():
    """With averaged weights of their own and a bounding that is not the usual one."""
    model = modnet_with_classifier(average_decay=0.9, bounding="renormalise")
    model.compile()
    shifted(model.averaged_weights.averages)
    return model


@pytest.fixture(scope="module")
def path(model, tmp_path_factory):
    return model.export(tmp_path_factory.mktemp("export") / "modnet", {"made_by": {"data": "noise"}})


@pytest.fixture(scope="module")
def modifier(path):
    return tf.saved_model.load(str(path))


def test_a_process_without_the_project(model, path, tmp_path):
    np.savez(tmp_path / "in.npz", images=IMAGES, labels=LABELS)
    command = [sys.executable, "-c", PLAIN_PROCESS, str(path), str(tmp_path / "in.npz"), str(tmp_path / "out.npz")]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    outputs = np.load(tmp_path / "out.npz")
    modified = model.modify(IMAGES, LABELS)
    assert np.abs(IMAGES + model.delta(IMAGES, LABELS)).max() > 1
    assert_close(outputs["modify"], modified)
    assert_close(outputs["signature_modify"], modified)
    for name in ("delta", "signature_delta"):
        assert_close(outputs[name], model.delta(IMAGES, LABELS))
    assert outputs["modify_uint8"].dtype == np.uint8
    assert np.abs(outputs["modify_uint8"].astype(int) - to_uint8(modified)).max() <= 1


def test_card_and_readme(model, path):
    card = json.loads((path / "card.json").read_text())
    assert card["format"] == saved_modifier.MODIFIER_FORMAT
    assert card["image_shape"] == [2, 2, 1]
    assert (card["num_classes"], card["bounding"], card["made_by"]) == (3, "renormalise", {"data": "noise"})
    assert set(card["functions"]) == {"modify", "modify_uint8", "delta"}
    assert card["functions"]["modify"]["inputs"]["target_labels"] == "int32 [n], in [0, 3)"
    readme = (path / "README.md").read_text()
    assert readme.startswith("# modnet\n")
    assert "modifier.modify(images, target_labels)" in readme
    with pytest.raises(ValueError, match="The card of a sampler must have the format"):
        read_card(path)


@pytest.mark.parametrize("function", ["modify", "modify_uint8", "delta"])
@pytest.mark.parametrize(
    ("images", "targets", "message"),
    [
        (IMAGES[:, :1], LABELS, r"`images` must have the shape \[num_images, 2, 2, 1\].*Received: shape=\[6 1 2 1\]"),
        (IMAGES[0], LABELS, "`images` must have the shape"),
        (IMAGES[..., None], LABELS, "`images` must have the shape"),
        (np.float32(0), LABELS, "`images` must have the shape"),
        (IMAGES[:0], LABELS[:0], "num_images at least 1"),
        (IMAGES * 127, LABELS, r"`images` must be in \[-1, 1\] \(x / 127.5 - 1 of pixels"),
        (IMAGES * np.float32("nan"), LABELS, r"`images` must be in \[-1, 1\]"),
        (IMAGES, LABELS + 1, r"`target_labels` must be in \[0, 3\). Received: smallest=1, largest=3"),
        (IMAGES, LABELS - 1, r"`target_labels` must be in \[0, 3\). Received: smallest=-1"),
        (IMAGES, LABELS[:4], "`target_labels` must hold one label per image. Received: 4 labels, 6 images"),
        (IMAGES, np.int32(1), r"`target_labels` must have the shape \[num_images\]"),
    ],
)
def test_bad_input(modifier, function, images, targets, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        getattr(modifier, function)(images, targets)


def test_it_holds_the_generator_only(model, path):
    """No discriminator, no classifier: the weights are the generator's and the label distribution's."""
    module = saved_modifier.ModifierModule(model)
    assert len(module.weights) == len(model.generator.variables) + 1
    size = sum(file.stat().st_size for file in (path / "variables").iterdir())
    assert size < 20_000


def test_other_files_are_not_replaced_and_older_exports_are(tmp_path):
    model = dense_modnet()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "photo.png").write_text("")
    with pytest.raises(ValueError, match="`path` must be new, an empty folder or an older sampler"):
        model.export(tmp_path / "folder")
    model.export(tmp_path / "export")
    shifted(model.generator.variables)
    model.export(tmp_path / "export")
    modifier = tf.saved_model.load(str(tmp_path / "export"))
    assert_close(modifier.modify(IMAGES, LABELS)["images"].numpy(), model.modify(IMAGES, LABELS))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["export", "folder"]


def test_a_wrong_export_is_noticed(tmp_path, monkeypatch):
    model, build = dense_modnet(), saved_modifier.ModifierModule

    def wrong(exported):
        module = build(exported)
        for weight in module.weights:
            weight.assign_add(tf.ones_like(weight))
        return module

    monkeypatch.setattr(saved_modifier, "ModifierModule", wrong)
    with pytest.raises(RuntimeError, match="The exported `modify` does not make the images"):
        model.export(tmp_path / "export")
    assert list(tmp_path.iterdir()) == []


def test_values_that_are_not_finite_are_not_exported(tmp_path):
    model = dense_modnet()
    model.generator.variables[0].assign(np.full(model.generator.variables[0].shape, np.nan))
    with pytest.raises(FloatingPointError, match="not finite"):
        model.export(tmp_path / "export")
    assert list(tmp_path.iterdir()) == []
