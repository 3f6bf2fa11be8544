"""`python -m recipes.sample`: every kind of output, and a sentence for every mistake."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from recipes import sample
from tfgan_suite.core.images import image_grid
from tfgan_suite.models import GAN
from tfgan_suite.runs import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def gan():
    latents, labels = keras.Input((3,), name="latents"), keras.Input((), dtype="int32", name="labels")
    x = layers.Dense(48, activation="tanh")(layers.concatenate([latents, layers.Embedding(3, 2)(labels)]))
    images = keras.Input((4, 4, 3), name="images")
    discriminator = keras.Model(images, layers.Dense(1)(layers.Flatten()(images)))
    return GAN(keras.Model([latents, labels], layers.Reshape((4, 4, 3))(x)), discriminator, num_classes=3)


@pytest.fixture(scope="module")
def source(gan, tmp_path_factory):
    """A run folder."""
    folder = tmp_path_factory.mktemp("run")
    gan.export(folder / "saved_model")
    return folder


def draw(*words):
    sample.run(cli.parse(sample.Settings, [str(word) for word in words]))


def test_npz_without_the_training_code(source, gan, tmp_path):
    """In a process of its own, which must not import the models."""
    code = (
        "import sys\nfrom recipes import sample\nfrom tfgan_suite.runs import cli\n"
        "assert 'tensorflow' not in sys.modules\n"
        "sample.run(cli.parse(sample.Settings, sys.argv[1:]))\n"
        "loaded = [name for name in sys.modules if name.startswith('tfgan_suite.')]\n"
        "assert not any(name.startswith(f'tfgan_suite.{part}') for name in loaded\n"
        "               for part in ('models', 'networks', 'layers', 'losses', 'data', 'metrics')), loaded\n"
    )
    out = tmp_path / "images.npz"
    command = [sys.executable, "-c", code, source, "--num-images", "9", "--labels", "2", "0", "--seed", "5"]
    done = subprocess.run([*command, "--out", out], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "9 images of saved_model, seed 5" in done.stdout
    arrays = np.load(out)
    np.testing.assert_array_equal(arrays["labels"], [2, 2, 2, 2, 2, 0, 0, 0, 0])
    assert arrays["seed"] == 5
    assert arrays["images"].dtype == np.uint8
    expected = (gan.sample(9, arrays["labels"], seed=5) + 1) * 127.5
    np.testing.assert_allclose(arrays["images"], expected, atol=0.51)


def test_sigma(source, gan, tmp_path):
    draw(source, "--num-images", 5, "--sigma", 0.25, "--out", tmp_path / "a.npz")
    expected = (gan.sample(5, sigma=0.25) + 1) * 127.5
    np.testing.assert_allclose(np.load(tmp_path / "a.npz")["images"], expected, atol=0.51)


def test_grid_and_files_show_the_images_of_the_npz(source, tmp_path):
    common = (source, "--num-images", 5, "--seed", 1, "--out")
    for out in ("a.npz", "a.png", "folder"):
        draw(*common, tmp_path / out, "--columns", 3)
    arrays = np.load(tmp_path / "a.npz")
    grid = np.asarray(Image.open(tmp_path / "a.png"))
    np.testing.assert_array_equal(grid[::12, ::12], image_grid(arrays["images"], 3, gap_px=1))
    names = [f"{index:03d}_class{label}.png" for index, label in enumerate(arrays["labels"])]
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == names
    for name, image in zip(names, arrays["images"], strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "folder" / name)), image)


def test_labels_are_shared_out_class_after_class():
    assert sample.shared_out((4, 1, 7), 7) == [4, 4, 4, 1, 1, 7, 7]
    assert sample.shared_out((4, 1, 7), 3) == [4, 1, 7]


MISTAKES = {  # "SOURCE" is the run folder, "HERE" a folder with other things in it
    "missing path": (("HERE/nothing",), "There is no folder"),
    "not a sampler": (("HERE",), "must be an exported sampler"),
    "no images": (("SOURCE", "--num-images", "0"), "`num_images` must be above 0"),
    "no variance": (("SOURCE", "--sigma", "0"), "`sigma` must be above 0"),
    "no columns": (("SOURCE", "--columns", "0"), "`columns` must be above 0"),
    "a class out of range": (("SOURCE", "--labels", "0", "3"), r"`labels` must be in .* here 0 to 2"),
    "more labels than images": (("SOURCE", "--num-images", "1", "--labels", "0", "1"), "`--num-images` must be at"),
    "unknown suffix": (("SOURCE", "--out", "HERE/a.gif"), "must end in .png or .npz"),
    "folder in use": (("SOURCE", "--out", "HERE/full"), "must be new or empty"),
    "folder named as a file": (("SOURCE", "--out", "HERE/folder.png"), "must not be a folder"),
}


@pytest.mark.parametrize(("words", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes(source, tmp_path, words, message):
    for name in ("full/photo", "folder.png"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        draw(*(word.replace("SOURCE", str(source)).replace("HERE", str(tmp_path)) for word in words))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder.png", "full", "photo"]


def test_a_mistake_ends_in_a_sentence(source, tmp_path, capsys):
    words = [str(source), "--labels", "9", "--out", str(tmp_path / "a.png")]
    with pytest.raises(SystemExit) as stop:
        cli.main(sample.run, sample.Settings, sample.__doc__, argv=words)
    assert stop.value.code == 1
    text = capsys.readouterr().err
    assert "`labels` must be in [0, num_classes), here 0 to 2" in text
    assert "Traceback" not in text
    assert list(tmp_path.iterdir()) == []
