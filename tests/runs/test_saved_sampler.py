"""`SavedSampler` draws what the GAN draws, and refuses bad arguments in a sentence."""

import shutil

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_suite.core.images import to_uint8
from tfgan_suite.layers import GaussianMixturePrior
from tfgan_suite.models import GAN, MMGAN
from tfgan_suite.runs.saved_sampler import SavedSampler


def tiny_gan(num_classes):
    latents = keras.Input((3,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    x, inputs = latents, latents
    if num_classes is not None:
        x, inputs = layers.concatenate([latents, layers.Embedding(num_classes, 2)(labels)]), [latents, labels]
    pixels = layers.Dense(4, activation="tanh")(x)
    images = keras.Input((2, 2, 1), name="images")
    discriminator = keras.Model(images, layers.Dense(1)(layers.Flatten()(images)))
    return GAN(keras.Model(inputs, layers.Reshape((2, 2, 1))(pixels)), discriminator, num_classes=num_classes)


@pytest.fixture(scope="module")
def conditional():
    return tiny_gan(3)


@pytest.fixture(scope="module")
def run_folder(conditional, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    conditional.export(folder / "saved_model", {"class_names": ["a", "b", "c"]})
    return folder


@pytest.fixture(scope="module")
def sampler(run_folder):
    return SavedSampler.load(run_folder)


@pytest.fixture(scope="module")
def classless(tmp_path_factory):
    return SavedSampler.load(tiny_gan(None).export(tmp_path_factory.mktemp("export") / "s"))


def assert_close(images, expected):
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, expected, rtol=0, atol=1e-5)


def test_it_knows_itself(sampler, classless, run_folder):
    assert sampler.path == run_folder / "saved_model"
    assert sampler.image_shape == (2, 2, 1)
    assert (sampler.latent_dim, sampler.num_classes, sampler.class_names) == (3, 3, ("a", "b", "c"))
    assert (classless.num_classes, classless.class_names) == (None, None)


@pytest.mark.parametrize("labels", [None, 2, [0, 1, 2, 0, 1, 2, 0]])
def test_samples_are_those_of_the_gan(sampler, conditional, labels):
    expected = conditional.sample(7, labels, seed=2**70 + 1)
    assert_close(sampler.sample(7, labels, seed=2**70 + 1), expected)
    assert_close(sampler.sample(7, labels, seed=2**70 + 1, batch_size=3), expected)
    pixels = sampler.sample_uint8(7, labels, seed=2**70 + 1, batch_size=3)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels.astype(int), to_uint8(expected), atol=1)


def test_drawn_inputs_make_the_samples(sampler, classless):
    latents, labels = sampler.draw_inputs(5, seed=4)
    assert latents.shape == (5, 3)
    assert labels.shape == (5,)
    np.testing.assert_array_equal(sampler.generate(latents, labels), sampler.sample(5, seed=4))
    np.testing.assert_array_equal(sampler.generate_uint8(latents, labels), sampler.sample_uint8(5, seed=4))
    parts = sampler.generate_uint8(latents, labels, batch_size=2)
    np.testing.assert_allclose(parts.astype(int), sampler.generate_uint8(latents, labels), atol=1)
    latents, labels = classless.draw_inputs(5, seed=4)
    assert labels is None
    np.testing.assert_array_equal(classless.generate(latents), classless.sample(5, seed=4))


def test_interpolation(sampler, classless):
    path = sampler.interpolate(1, 2, 5, label=1)
    assert path.shape == (5, 2, 2, 1)
    assert_close(path[[0, -1]], np.concatenate([sampler.sample(1, 1, seed) for seed in (1, 2)]))
    assert_close(classless.interpolate(1, -2, 2), np.concatenate([classless.sample(1, seed=seed) for seed in (1, -2)]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.sample(0), "`num_images` must be above 0"),
        (lambda s: s.sample(3, batch_size=0), "`batch_size` must be above 0"),
        (lambda s: s.sample(3, labels=3), r"`labels` must be in \[0, num_classes\), here 0 to 2.*out_of_range=\[3\]"),
        (lambda s: s.sample(2, labels=[0, -1]), r"out_of_range=\[-1\]"),
        (lambda s: s.sample(3, labels=[0, 1]), "one label or one per image"),
        (lambda s: s.sample(1, labels=0.5), "whole numbers"),
        (lambda s: s.generate(np.ones([2, 4]), 0), r"`latents` must have the shape \[n, 3\]"),
        (lambda s: s.generate(np.ones(3), 0), r"`latents` must have the shape \[n, 3\]"),
        (lambda s: s.generate(np.ones([0, 3]), 0), "n at least 1"),
        (lambda s: s.generate(np.ones([2, 3])), "`labels` must be given"),
        (lambda s: s.interpolate(0, 1, 1, label=0), "`num_steps` must be at least 2"),
        (lambda s: s.interpolate(0, 1, 3), "`label` must be given"),
        (lambda s: s.interpolate(0, 1, 3, label=7), r"out_of_range=\[7\]"),
    ],
)
def test_bad_arguments(sampler, call, message):
    with pytest.raises(ValueError, match=message):
        call(sampler)


def test_labels_without_classes(classless):
    for call in (lambda: classless.sample(2, labels=0), lambda: classless.interpolate(0, 1, 2, label=0)):
        with pytest.raises(ValueError, match="This sampler has no classes, so labels must not be given"):
            call()


# --- folders that are no sampler -------------------------------------------------------------------------------------


def test_a_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        SavedSampler.load(tmp_path / "nothing")


def test_a_folder_without_sampler(tmp_path):
    with pytest.raises(ValueError, match="must be an exported sampler"):
        SavedSampler.load(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="has not exported its sampler yet"):
        SavedSampler.load(tmp_path)


@pytest.mark.parametrize(("text", "message"), [("{", "card of the sampler is damaged"), ("{}", "must have the format")])
def test_a_damaged_card(run_folder, tmp_path, text, message):
    shutil.copytree(run_folder / "saved_model", tmp_path / "s")
    (tmp_path / "s" / "card.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        SavedSampler.load(tmp_path / "s")


@pytest.mark.parametrize(
    "part", ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"]
)
def test_a_truncated_sampler(run_folder, tmp_path, part):
    shutil.copytree(run_folder / "saved_model", tmp_path / "s")
    file = tmp_path / "s" / part
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ValueError, match="is damaged; export it again, or copy it whole"):
        SavedSampler.load(tmp_path / "s")


# --- priors made of Gaussians ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed():
    plain = tiny_gan(None)
    prior = GaussianMixturePrior(3, 4, mean_range=1.0, covariance="full")
    return MMGAN(plain.generator, plain.discriminator, prior=prior)


@pytest.fixture(scope="module")
def mixed_sampler(mixed, tmp_path_factory):
    return SavedSampler.load(mixed.export(tmp_path_factory.mktemp("export") / "s"))


def test_sigma_and_gaussians_are_those_of_the_gan(mixed, mixed_sampler, conditional, sampler):
    assert_close(mixed_sampler.sample(5, seed=2, sigma=0.3), mixed.sample(5, seed=2, sigma=0.3))
    assert_close(mixed_sampler.sample(5, 1, seed=2, sigma=0.3), mixed.sample(5, 1, seed=2, sigma=0.3))
    gaussians = [3, 0, 0]
    drawn = mixed_sampler.sample_gaussian(gaussians, seed=2, sigma=0.3)
    assert_close(drawn, mixed.sample_gaussian(gaussians, seed=2, sigma=0.3))
    assert_close(drawn, mixed.sample(3, gaussians, seed=2, sigma=0.3))
    for of in (mixed_sampler, mixed):
        assert_close(of.sample_gaussian(gaussians, seed=2, batch_size=2, sigma=0.3), drawn)
    assert_close(sampler.sample(5, seed=2, sigma=0.3), conditional.sample(5, seed=2, sigma=0.3))


def test_a_mixture_under_another_model(tmp_path):
    plain = tiny_gan(3)
    prior = GaussianMixturePrior(3, 2, mean_range=1.0)
    gan = GAN(plain.generator, plain.discriminator, num_classes=3, prior=prior)
    sampler = SavedSampler.load(gan.export(tmp_path / "s"))
    assert_close(sampler.sample_gaussian([1, 0, 1], seed=4), gan.sample_gaussian([1, 0, 1], seed=4))
    assert sampler.card["num_gaussians"] == 2
    assert sampler.card["interpolation"] == "linear"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda sampler: sampler.sample(2, sigma=0.0), "`sigma` must be above 0"),
        (lambda sampler: sampler.sample_gaussian([0, 4]), r"`gaussians` must be in \[0, num_gaussians\), here 0 to 3"),
        (lambda sampler: sampler.sample_gaussian([0.5]), "`gaussians` must be one whole number per image"),
    ],
)
def test_sigma_and_gaussians_out_of_range(mixed_sampler, call, message):
    with pytest.raises(ValueError, match=message):
        call(mixed_sampler)


def test_other_priors_have_no_sigma(classless, tmp_path):
    with pytest.raises(ValueError, match="This needs a sampler with a prior that is a mixture of Gaussians"):
        classless.sample_gaussian([0])
    plain = tiny_gan(None)
    gan = GAN(plain.generator, plain.discriminator, prior="uniform")
    sampler = SavedSampler.load(gan.export(tmp_path / "s"))
    with pytest.raises(ValueError, match="This needs a sampler with a prior made of Gaussians"):
        sampler.sample(2, sigma=0.5)
