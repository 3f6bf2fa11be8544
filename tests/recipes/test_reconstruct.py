"""`python -m recipes.reconstruct` on a tiny sampler: what it writes, and a sentence for every mistake."""

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from recipes import reconstruct
from tfgan_suite.models import GAN
from tfgan_suite.runs import cli
from tfgan_suite.runs.image_sources import load_source

QUICK = ("--num-images", "12", "--encoder-steps", "3", "--num-steps", "5")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A run folder with a sampler of 16x16 images, the size of the digits."""
    latents = keras.Input((3,), name="latents")
    images = keras.Input((16, 16, 1), name="images")
    generator = keras.Model(latents, layers.Reshape((16, 16, 1))(layers.Dense(256, activation="tanh")(latents)))
    folder = tmp_path_factory.mktemp("run")
    GAN(generator, keras.Model(images, layers.Dense(1)(layers.Flatten()(images)))).export(folder / "saved_model")
    return folder


def run(*words):
    reconstruct.run(cli.parse(reconstruct.Settings, [str(word) for word in words]))


def test_writes_report_picture_and_arrays(source, tmp_path, capsys):
    run(source, "digits:test", *QUICK, "--out", tmp_path / "out")
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"report.html", "reconstructions.png", "reconstruction.npz"}
    arrays = np.load(tmp_path / "out" / "reconstruction.npz")
    assert arrays["images"].shape == arrays["reconstructions"].shape == (12, 16, 16, 1)
    assert "labels" not in arrays.files
    differences = np.abs(arrays["images"].astype(float) - arrays["reconstructions"]).mean(axis=(1, 2, 3)) / 127.5
    np.testing.assert_allclose(arrays["distances"], differences, atol=0.005)  # rounded to uint8 here
    np.testing.assert_array_equal(arrays["distances"], arrays["pixel_distances"])
    report = (tmp_path / "out" / "report.html").read_text()
    for words in (
        "12 images of digits, test",
        "Distance per cluster",
        "generated images",
        "digits:test --num-images 12",
    ):
        assert words in report
    num_clusters = len(np.unique(arrays["cluster_ids"]))
    with Image.open(tmp_path / "out" / "reconstructions.png") as picture:
        assert picture.size == (
            2 * (8 * 18 - 2),
            2 * (3 * num_clusters * 18 - 2),
        )  # real, the guess, the reconstruction
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in capsys.readouterr().out


def test_clusters_from_a_file(source, tmp_path):
    run(source, "digits:test", *QUICK, "--out", tmp_path / "first")
    first = np.load(tmp_path / "first" / "reconstruction.npz")
    np.save(tmp_path / "ids.npy", np.arange(len(load_source("digits:test"))) % 2)
    run(source, "digits:test", *QUICK, "--cluster-ids", tmp_path / "ids.npy", "--out", tmp_path / "out")
    arrays = np.load(tmp_path / "out" / "reconstruction.npz")
    np.testing.assert_array_equal(arrays["images"], first["images"])
    np.testing.assert_array_equal(arrays["distances"], first["distances"])
    assert set(arrays["cluster_ids"]) == {0, 1}
    np.save(tmp_path / "ids.npy", np.arange(5))
    with pytest.raises(ValueError, match="`--cluster-ids` must hold one whole number of at least 0 per image"):
        run(source, "digits:test", "--cluster-ids", tmp_path / "ids.npy", "--out", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_mistakes(source, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.png").write_text("")
    with pytest.raises(ValueError, match="`--out` must be a new or empty folder"):
        run(source, "digits", "--out", tmp_path / "full")
    with pytest.raises(ValueError, match="`num_images` must be above 0"):
        run(source, "digits", "--num-images", 0, "--out", tmp_path / "out")
    with pytest.raises(ValueError, match="the real images must have the generator's shape"):
        run(source, "digits", "--image-size", 8, "--out", tmp_path / "out")
    with pytest.raises(ValueError, match=r"the LPIPS file must be an existing \.npz file"):
        run(source, "digits", "--lpips", tmp_path / "none.npz", "--out", tmp_path / "out")
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        run(tmp_path / "nothing", "digits", "--out", tmp_path / "out")
