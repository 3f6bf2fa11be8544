"""Writing samplers: whole or not at all, checked, of every kind of GAN."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from model_cases import LATENT_DIM
from sampler_cases import assert_close, shifted, small_gan

from tfgan_suite.layers.priors import Prior
from tfgan_suite.models import saved_sampler
from tfgan_suite.models.sampling import sample_inputs
from tfgan_suite.runs.distribution import make_strategy


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_older_sampler_is_replaced(tmp_path):
    gan = small_gan()
    gan.export(tmp_path / "s")
    (tmp_path / "s" / "extra").write_text("")
    shifted(gan.generator.variables)
    gan.export(tmp_path / "s")
    assert names(tmp_path) == ["s"]
    assert "extra" not in names(tmp_path / "s")
    sampler = tf.saved_model.load(str(tmp_path / "s"))
    assert_close(sampler.sample(3, 0)["images"].numpy(), gan.sample(3))


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_other_files_are_not_replaced(tmp_path, kind):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "photo.png").write_text("")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="`path` must be new, an empty folder or an older sampler"):
        small_gan().export(tmp_path / kind)
    assert names(tmp_path) == ["file", "folder"]
    assert names(tmp_path / "folder") == ["photo.png"]


def test_values_that_are_not_finite_are_not_exported(tmp_path):
    gan = small_gan()
    gan.generator.variables[0].assign(np.full(gan.generator.variables[0].shape, np.nan))
    with pytest.raises(FloatingPointError, match="not finite"):
        gan.export(tmp_path / "s")
    assert names(tmp_path) == []


def test_a_wrong_export_is_noticed(tmp_path, monkeypatch):
    gan = small_gan()
    build = saved_sampler.SamplerModule

    def wrong(exported):
        module = build(exported)
        module.weights[0].assign_add(tf.ones_like(module.weights[0]))
        return module

    monkeypatch.setattr(saved_sampler, "SamplerModule", wrong)
    with pytest.raises(RuntimeError, match="The exported `sample` does not make the images of the GAN"):
        gan.export(tmp_path / "s")
    assert names(tmp_path) == []


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(OSError, match=r"could not be written to .*No space left on device"):
        small_gan().export(tmp_path / "s")
    assert names(tmp_path) == []


def test_a_card_that_json_cannot_hold_is_refused(tmp_path):
    for value in (float("nan"), object()):
        with pytest.raises(ValueError, match="The card must hold finite numbers"):
            saved_sampler.card_json({"metrics": value})


# --- other GANs ------------------------------------------------------------------------------------------------------


class MovablePrior(Prior):
    """A prior with a weight, as a Gaussian mixture has."""

    def __init__(self, dim):
        super().__init__(dim)
        self.mean = self.add_weight(shape=(dim,), initializer="ones", name="mean")

    def draw(self, shape, seed):
        return tf.convert_to_tensor(self.mean) + tf.random.stateless_normal(shape, seed, alg="philox")


def test_a_prior_with_weights(tmp_path):
    gan = small_gan(MovablePrior(LATENT_DIM))
    gan.prior.mean.assign(np.arange(LATENT_DIM))
    sampler = tf.saved_model.load(str(gan.export(tmp_path / "s")))
    latents = sampler.draw_inputs(4, 0)["latents"]
    np.testing.assert_array_equal(latents, sample_inputs(gan, 4, None, 0)[0])
    gan.prior.mean.assign(np.zeros(LATENT_DIM))
    np.testing.assert_array_equal(sampler.draw_inputs(4, 0)["latents"], latents)


def test_a_gan_made_under_two_replicas(tmp_path):
    with make_strategy("mirrored", num_devices=2).scope():
        gan = small_gan(average_decay=0.5)
    shifted(gan.averaged_weights.averages)
    sampler = tf.saved_model.load(str(gan.export(tmp_path / "s")))
    assert_close(sampler.sample(3, 0)["images"].numpy(), gan.sample(3))


def test_mixed_precision(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        gan = small_gan()
    finally:
        keras.config.set_dtype_policy("float32")
    sampler = tf.saved_model.load(str(gan.export(tmp_path / "s")))
    images = sampler.sample(3, 0)["images"].numpy()
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, gan.sample(3), rtol=0, atol=0.02)
