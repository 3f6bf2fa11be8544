"""Checks that every model must pass: see `model_cases.CASES`.

Most run eagerly, since tracing a train step costs far more than these tiny steps.
"""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from model_cases import BATCH_SIZE, CASES, NUM_CLASSES

from tfgan_suite.core.seeds import make_seed


@pytest.fixture(params=CASES, scope="module")
def case(request):
    return CASES[request.param]


@pytest.fixture(scope="module")
def trained(case):
    """A model after two steps, and the history of its `fit`."""
    model = case.compiled()
    return model, case.fit(model, 2)


def values_of(variables):
    return [variable.numpy() for variable in variables]


def weights_of(model):
    optimizers = (model.generator_optimizer, model.discriminator_optimizer)
    return values_of(model.variables) + [value for each in optimizers for value in values_of(each.variables)]


def assert_equal(first, second):
    assert len(first) == len(second) > 0
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, two)


def parts_that_move(model, step):
    """Which trainable weights and optimizers `step` changes, by name; each is changed wholly or not at all."""
    parts = {
        "generator": model.generator.trainable_variables,
        "discriminator": model.discriminator.trainable_variables,
        "generator_optimizer": model.generator_optimizer.variables,
        "discriminator_optimizer": model.discriminator_optimizer.variables,
    }
    before = {name: values_of(variables) for name, variables in parts.items()}
    step()
    moved = set()
    for name, variables in parts.items():
        changes = [not np.array_equal(old, new) for old, new in zip(before[name], values_of(variables), strict=True)]
        if any(changes):
            moved.add(name)
            # The bias of a critic's logits moves real and fake logits alike, so that its gradient is 0.
            frozen = {
                v.path
                for layer in model.heuristics.frozen_layers
                for v in model.discriminator.get_layer(layer).variables
            }
            still = {v.path for v, change in zip(variables, changes, strict=True) if not change} - frozen
            assert not [path for path in still if "learning_rate" not in path and "bias" not in path]
    return moved


def test_each_sub_step_moves_its_own_network_only(case):
    model = case.compiled()
    images, labels = case.data(BATCH_SIZE)
    # A class that the batch lacks has rows without a gradient, hence all classes.
    assert labels is None or len(set(labels)) == NUM_CLASSES
    images, labels = tf.constant(images), None if labels is None else tf.constant(labels)
    with case.single_steps(model, images, labels):
        moved = parts_that_move(model, lambda: model.discriminator_step(images, labels, make_seed(1)))
        assert moved == {"discriminator", "discriminator_optimizer"}
        moved = parts_that_move(model, lambda: model.generator_step(tf.constant(BATCH_SIZE), make_seed(2), images))
        assert moved == {"generator", "generator_optimizer"}


def test_step_counts(trained):
    model, _ = trained
    assert model.num_steps.numpy() == 2
    assert model.generator_optimizer.iterations.numpy() == 2 * model.num_generator_steps
    assert model.discriminator_optimizer.iterations.numpy() == 2 * model.num_discriminator_steps


def test_logs_are_the_documented_ones_and_finite(case, trained):
    model, history = trained
    assert set(history.history) == set(case.log_keys) == set(model.log_keys())
    assert all(np.isfinite(values).all() and len(values) == 1 for values in history.history.values())


def test_config_round_trip(trained):
    model, _ = trained
    again = type(model).from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert [v.shape for v in again.variables] == [v.shape for v in model.variables]
    again.compile_from_config(model.get_compile_config())
    assert again.get_compile_config() == model.get_compile_config()


@pytest.fixture(scope="module")
def saved(case, tmp_path_factory):
    """A model after one eager step, its weights then, and the file that it was saved to."""
    model = case.compiled({"run_eagerly": True}, average_decay=0.5, seed=4)
    case.fit(model, 1)
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    model.save(path)
    return model, weights_of(model), path


def test_saved_model_samples_and_trains_on_as_the_original(case, saved):
    model, weights, path = saved
    again = keras.models.load_model(path)
    assert type(again) is type(model)
    assert_equal(weights_of(again), weights)
    np.testing.assert_array_equal(case.sample(again, 3, seed=7), case.sample(model, 3, seed=7))
    case.fit(model, 1)
    case.fit(again, 1)
    assert_equal(weights_of(again), weights_of(model))
    assert not all(np.array_equal(old, new) for old, new in zip(weights, weights_of(model), strict=True))


def test_same_seed_gives_the_same_weights(case, saved):
    _, weights, _ = saved
    same, other = (case.compiled({"run_eagerly": True}, average_decay=0.5, seed=seed) for seed in (4, 5))
    for model in (same, other):
        case.fit(model, 1)
    assert_equal(weights_of(same), weights)
    assert not all(np.array_equal(one, two) for one, two in zip(weights, weights_of(other), strict=True))


def test_samples_are_images_that_depend_on_seed_and_row_only(case, trained):
    model, _ = trained
    images = case.sample(model, 7, seed=3)
    assert images.shape == (7, case.image_size, case.image_size, 1)
    assert images.dtype == np.float32
    assert np.abs(images).max() <= 1
    np.testing.assert_array_equal(case.sample(model, 7, seed=3), images)
    np.testing.assert_allclose(case.sample(model, 3, seed=3), images[:3], atol=1e-6)
    np.testing.assert_allclose(case.sample(model, 7, seed=3, batch_size=2), images, atol=1e-6)
    assert (case.sample(model, 7, seed=4) != images).any((1, 2, 3)).all()
    assert (images[1:] != images[:-1]).any((1, 2, 3)).all()


@pytest.fixture(scope="module")
def differences_on_two_replicas(tmp_path_factory):
    """What `two_replicas.py` found, by name of the case. In a process of its own: see `runs.distribution._mirrored`."""
    output = tmp_path_factory.mktemp("replicas") / "differences.json"
    command = [sys.executable, Path(__file__).with_name("two_replicas.py"), output]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return json.loads(output.read_text())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", CASES)
def test_fit_on_two_replicas_equals_one(name, differences_on_two_replicas):
    found = differences_on_two_replicas[name]
    assert found["between_replicas"] == 0
    assert found["weights_moved"] > 1e-4
    assert max(found["from_one_device"].values()) < 1e-5, found
