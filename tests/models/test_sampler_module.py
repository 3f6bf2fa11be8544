"""The functions of an exported sampler: plain TensorFlow loads them, and they make the images of the GAN."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from model_cases import LATENT_DIM, described
from sampler_cases import assert_close, shifted

from tfgan_suite.core.images import to_uint8
from tfgan_suite.models import CINGAN, DCGAN
from tfgan_suite.models.sampler_card import sampler_card
from tfgan_suite.models.sampler_module import latents_between
from tfgan_suite.models.sampling import sample_inputs

PLAIN_PROCESS = """
import sys
import numpy as np
import tensorflow as tf
sampler = tf.saved_model.load(sys.argv[1])
drawn = sampler.draw_inputs(7, 11)
outputs = {
    "latents": drawn["latents"],
    "labels": drawn["labels"],
    "sample": sampler.sample(7, 11)["images"],
    "sample_labels": sampler.sample(7, 11)["labels"],
    "sample_class": sampler.sample_class([2, 0, 1], 11)["images"],
    "sample_class_uint8": sampler.sample_class_uint8([2, 0, 1], 11)["images"],
    "signature": sampler.signatures["sample"](num_images=tf.constant(7), seed=tf.constant(11, tf.int64))["images"],
    "generate": sampler.generate(np.ones([2, 5], np.float32), np.array([1, 2]))["images"],
    "interpolate": sampler.interpolate(seed=1, end_seed=2, num_steps=5, label=2)["images"],
}
assert not any(name.startswith("tfgan_suite") for name in sys.modules)
np.savez(sys.argv[2], **{name: value.numpy() for name, value in outputs.items()})
"""


@pytest.fixture(scope="module")
def conditional():
    """A CIN-GAN with averaged weights of their own, and labels 0 and 2 in the ratio 1 to 3."""
    gan = CINGAN.for_images(described(), latent_dim=LATENT_DIM, num_filters=2, average_decay=0.9)
    gan.compile()
    gan.set_label_counts([1, 0, 3])
    shifted(gan.averaged_weights.averages)
    return gan


@pytest.fixture(scope="module")
def conditional_path(conditional, tmp_path_factory):
    return conditional.export(tmp_path_factory.mktemp("export") / "cin", {"made_by": {"data": "none"}})


@pytest.fixture(scope="module")
def conditional_sampler(conditional_path):
    return tf.saved_model.load(str(conditional_path))


@pytest.fixture(scope="module")
def plain_outputs(conditional_path, tmp_path_factory):
    """What a process that never imported the project gets."""
    folder = tmp_path_factory.mktemp("plain")
    command = [sys.executable, "-c", PLAIN_PROCESS, str(conditional_path), str(folder / "out.npz")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    return np.load(folder / "out.npz")


@pytest.fixture(scope="module")
def unconditional():
    gan = DCGAN.for_images(described(num_classes=None), latent_dim=LATENT_DIM, num_filters=2)
    shifted(gan.generator.variables)
    return gan


@pytest.fixture(scope="module")
def unconditional_sampler(unconditional, tmp_path_factory):
    return tf.saved_model.load(str(unconditional.export(tmp_path_factory.mktemp("export") / "dc")))


# --- in a process without the project --------------------------------------------------------------------------------


def test_plain_process_draws_the_inputs_of_the_gan_bit_for_bit(conditional, plain_outputs):
    latents, labels = sample_inputs(conditional, 7, None, 11)
    np.testing.assert_array_equal(plain_outputs["latents"], latents)
    np.testing.assert_array_equal(plain_outputs["labels"], labels)
    np.testing.assert_array_equal(plain_outputs["sample_labels"], labels)


def test_plain_process_makes_the_images_of_the_gan(conditional, plain_outputs):
    assert_close(plain_outputs["sample"], conditional.sample(7, seed=11))
    expected = conditional.sample(3, [2, 0, 1], seed=11)
    assert_close(plain_outputs["sample_class"], expected)
    assert_close(plain_outputs["generate"], conditional((np.ones([2, 5], np.float32), np.array([1, 2]))))
    pixels = plain_outputs["sample_class_uint8"]
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels.astype(int), to_uint8(expected), atol=1)
    assert plain_outputs["interpolate"].shape == (5, 8, 8, 1)


def test_two_loads_make_equal_bits(conditional_sampler, plain_outputs):
    np.testing.assert_array_equal(conditional_sampler.sample(7, 11)["images"], plain_outputs["sample"])
    np.testing.assert_array_equal(plain_outputs["signature"], plain_outputs["sample"])


# --- the functions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, -1, 2**31 + 5, -(2**40), 2**63 - 1])
def test_seeds_of_any_size(conditional_sampler, conditional, seed):
    latents, labels = sample_inputs(conditional, 2, None, seed)
    drawn = conditional_sampler.draw_inputs(2, seed)
    np.testing.assert_array_equal(drawn["latents"], latents)
    np.testing.assert_array_equal(drawn["labels"], labels)


def test_rows_do_not_depend_on_their_number(conditional_sampler):
    few, many = conditional_sampler.sample(2, 5), conditional_sampler.sample(300, 5)
    np.testing.assert_array_equal(few["labels"], many["labels"][:2])
    assert_close(few["images"].numpy(), many["images"][:2])
    few, many = conditional_sampler.draw_inputs(2, 5), conditional_sampler.draw_inputs(300, 5)
    np.testing.assert_array_equal(few["latents"], many["latents"][:2])


def test_labels_follow_the_data(conditional_sampler):
    labels = conditional_sampler.draw_inputs(4000, 0)["labels"].numpy()
    assert set(labels) == {0, 2}
    # The share of a binomial draw has the standard error 0.0068; the bound is 5 of them.
    assert abs((labels == 2).mean() - 0.75) < 0.034


def test_the_averaged_weights_are_used(conditional, conditional_sampler):
    latents, labels = sample_inputs(conditional, 3, None, 0)
    images = conditional_sampler.generate(latents, labels)["images"].numpy()
    assert_close(images, conditional.averaged_weights([latents, labels]))
    assert np.abs(images - conditional.generator([latents, labels], training=False)).max() > 0.01


def test_uint8_twins(conditional_sampler, unconditional_sampler):
    for sampler, calls in (
        (conditional_sampler, {"sample": (3, 1), "sample_class": ([1, 2], 1), "interpolate": (1, 2, 4, 0)}),
        (unconditional_sampler, {"sample": (3, 1), "generate": (np.ones([2, 5]),), "interpolate": (1, 2, 4)}),
    ):
        for name, arguments in calls.items():
            images = getattr(sampler, name)(*arguments)["images"].numpy()
            pixels = getattr(sampler, f"{name}_uint8")(*arguments)["images"].numpy()
            assert pixels.dtype == np.uint8
            np.testing.assert_allclose(pixels.astype(int), to_uint8(images), atol=1)


def test_unconditional(unconditional, unconditional_sampler):
    assert_close(unconditional_sampler.sample(5, 3)["images"].numpy(), unconditional.sample(5, seed=3))
    assert set(unconditional_sampler.draw_inputs(5, 3)) == {"latents"}
    assert not hasattr(unconditional_sampler, "sample_class")


def test_batch_normalisation_is_frozen(unconditional_sampler):
    latents = np.random.default_rng(0).normal(size=(6, LATENT_DIM)).astype(np.float32)
    together = unconditional_sampler.generate(latents)["images"].numpy()
    assert_close(together[2:3], unconditional_sampler.generate(latents[2:3])["images"].numpy())
    assert_close(together, unconditional_sampler.generate(latents)["images"].numpy())


def test_interpolation_ends_at_the_images_of_the_seeds(conditional_sampler, unconditional_sampler):
    path = conditional_sampler.interpolate(1, 2, 4, 2)["images"].numpy()
    ends = [conditional_sampler.sample_class([2], seed)["images"].numpy()[0] for seed in (1, 2)]
    assert_close(path[[0, -1]], np.stack(ends))
    path = unconditional_sampler.interpolate(1, 2, 4)["images"].numpy()
    ends = [unconditional_sampler.sample(1, seed)["images"].numpy()[0] for seed in (1, 2)]
    assert_close(path[[0, -1]], np.stack(ends))


def test_interpolation_is_spherical_for_a_normal_prior_only(conditional_sampler, unconditional_sampler):
    start, end = np.eye(LATENT_DIM, dtype=np.float32)[:2]
    path = conditional_sampler.interpolate_latents(start, end, 3, 1)["images"].numpy()
    halfway = conditional_sampler.generate([(start + end) / np.sqrt(2)], [1])["images"].numpy()
    assert_close(path[1:2], halfway)
    path = unconditional_sampler.interpolate_latents(start, end, 3)["images"].numpy()
    assert_close(path[1:2], unconditional_sampler.generate([(start + end) / 2])["images"].numpy())


def test_latents_between():
    start, end = tf.constant([3.0, 0.0]), tf.constant([0.0, 1.0])
    thirds = np.array([[3, 0], [3 * np.sqrt(3) / 2, 0.5], [1.5, np.sqrt(3) / 2], [0, 1]])  # 0, 30, 60, 90 degrees
    np.testing.assert_allclose(latents_between(start, end, tf.constant(4), True), thirds, atol=1e-6)
    np.testing.assert_allclose(latents_between(start, end, tf.constant(3), False), [[3, 0], [1.5, 0.5], [0, 1]])
    for parallel in (2 * start, -start):
        straight = latents_between(start, parallel, tf.constant(5), False)
        np.testing.assert_allclose(latents_between(start, parallel, tf.constant(5), True), straight, atol=1e-6)


BAD_CALLS = {
    "no images": ("sample", (0, 0), r"`num_images` must be at least 1. Received: num_images=0\."),
    "fewer": ("draw_inputs", (-2, 0), "`num_images` must be at least 1. Received: num_images=-2"),
    "class above": ("sample_class", ([0, 3], 0), r"`labels` must be in \[0, 3\). Received: smallest=0, largest=3"),
    "class below": ("sample_class", ([-1, 2], 0), r"`labels` must be in \[0, 3\). Received: smallest=-1, largest=2"),
    "no labels": ("sample_class", ([], 0), r"`labels` must have the shape \[num_images\].*shape=\[0\]"),
    "one label": ("sample_class_uint8", (1, 0), r"`labels` must have the shape \[num_images\].*shape=\[\]"),
    "label table": ("sample_class", ([[1]], 0), r"`labels` must have the shape \[num_images\].*shape=\[1 1\]"),
    "short latents": (
        "generate",
        (np.ones([2, 4]), [0, 0]),
        r"`latents` must have the shape \[num_images, 5\].*\[2 4\]",
    ),
    "one latent": ("generate", (np.ones([5]), [0]), r"`latents` must have the shape \[num_images, 5\].*shape=\[5\]"),
    "no latents": ("generate", (np.ones([0, 5]), [0]), r"`latents` must have the shape .*shape=\[0 5\]"),
    "more labels": ("generate_uint8", (np.ones([2, 5]), [0, 0, 0]), "one label per row.*3 labels, 2 latents"),
    "one step": ("interpolate", (0, 1, 1, 0), "`num_steps` must be at least 2. Received: num_steps=1"),
    "step class": ("interpolate", (0, 1, 2, 9), r"`label` must be in \[0, 3\)"),
    "end shape": ("interpolate_latents", (np.ones(5), np.ones([1, 5]), 2, 0), r"`end` must have the shape \[5\]"),
}


@pytest.mark.parametrize(("name", "arguments", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_arguments_are_refused(conditional_sampler, name, arguments, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        getattr(conditional_sampler, name)(*arguments)


# --- the folder ------------------------------------------------------------------------------------------------------


def test_only_what_sampling_needs_is_inside(conditional, conditional_path):
    stored = [shape for name, shape in tf.train.list_variables(str(conditional_path / "variables" / "variables"))]
    expected = [tuple(v.shape) for v in [*conditional.generator.variables, conditional.label_probs]]
    assert sorted(tuple(shape) for shape in stored if shape) == sorted(expected)
    assert sum(file.stat().st_size for file in conditional_path.rglob("*") if file.is_file()) < 2**19


def test_the_card_tells_the_functions(conditional_path, conditional_sampler, unconditional_sampler, unconditional):
    card = json.loads((conditional_path / "card.json").read_text())
    assert card["image_shape"] == [8, 8, 1]
    assert card["num_classes"] == 3
    assert card["made_by"] == {"data": "none"}
    assert card["interpolation"] == "spherical"
    cards = (card, sampler_card(unconditional, "dc"))
    for described_card, sampler in zip(cards, (conditional_sampler, unconditional_sampler), strict=True):
        served = {name for name in sampler.signatures if not name.endswith("_uint8")}
        assert set(described_card["functions"]) == served
        for name in served:
            _, inputs = sampler.signatures[name].structured_input_signature
            assert set(described_card["functions"][name]["inputs"]) == set(inputs)
            assert set(described_card["functions"][name]["outputs"]) == set(sampler.signatures[name].structured_outputs)


def test_the_readme_shows_code_that_runs(conditional_path, monkeypatch):
    text = (conditional_path / "README.md").read_text()
    assert text.startswith("# cin\n")
    code = text.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(conditional_path)
    scope = {}
    exec(code, scope)
    assert scope["images"].shape == (3, 8, 8, 1)
