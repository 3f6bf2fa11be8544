"""ModNet: its losses by hand, its targets, its two forms, what a frozen classifier keeps, its errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from model_cases import described
from modnet_cases import (
    NUM_CLASSES,
    compiled,
    dense_classifier,
    dense_critic,
    dense_delta_generator,
    dense_modnet,
    modnet_with_classifier,
    noise,
)

from tfgan_suite.callbacks.checkpoint import load_state, save_state
from tfgan_suite.core.images import to_float
from tfgan_suite.core.schedules import ExponentialDecay
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.layers.frozen import Frozen
from tfgan_suite.metrics.embedders import ClassifierEmbedder, train_classifier
from tfgan_suite.models import modnet
from tfgan_suite.models.heuristics import Heuristics
from tfgan_suite.models.modnet import ModNet, source_batches
from tfgan_suite.models.sampling import LABELS
from tfgan_suite.networks import small_cnn
from tfgan_suite.networks.with_classifier import with_classifier

IMAGES, LABELS_OF_IMAGES = noise()
BATCH = tf.constant(IMAGES[:4]), tf.constant(LABELS_OF_IMAGES[:4])


def fit(model, num_steps=1, **kwargs):
    images, labels = noise(4 * num_steps * model.num_batches_per_step)
    return model.fit(images, labels, batch_size=4, verbose=0, **kwargs)


def values_of(variables):
    return [variable.numpy() for variable in variables]


def all_equal(first, second):
    return len(first) == len(second) > 0 and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


# --- targets ----------------------------------------------------------------------------------------------------------


def test_targets_are_uniform_over_the_other_classes():
    """10,000 draws of each label: a count of 5000 has a standard deviation of 50; five of them: odds below 1e-5."""
    labels = tf.repeat(tf.range(3), 10_000)
    targets = dense_modnet().sample_targets(labels, make_seed(0)).numpy()
    counts = np.zeros([3, 3], int)
    np.add.at(counts, (labels.numpy(), targets), 1)
    assert (np.diag(counts) == 0).all()
    assert np.abs(counts[~np.eye(3, dtype=bool)] - 5000).max() < 250


def test_targets_are_a_function_of_the_seed():
    model = dense_modnet(seed=3)
    labels = tf.constant(LABELS_OF_IMAGES)
    one, same, other = (model.sample_targets(labels, make_seed(seed)).numpy() for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


# --- losses -----------------------------------------------------------------------------------------------------------


def cross_entropy(logits, labels):
    logits = np.asarray(logits, np.float64)
    return np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(len(labels)), labels])


def losses_by_hand(model, seed, l1):
    """Eq. 2.3 to 2.7 in NumPy, of the model's networks on `BATCH` as real images and as images to change."""
    images, labels = BATCH
    targets = model.sample_targets(labels, fold_in(seed, LABELS)).numpy()
    deltas = model.generator([images, tf.constant(targets)], training=True)
    results = np.clip(images + deltas, -1, 1)
    real, fake = (model.discriminator(each, training=True) for each in (images, results))
    real_logits, fake_logits = (np.asarray(each["logits"], np.float64)[:, 0] for each in (real, fake))
    label_loss = cross_entropy(fake["class_logits"], targets)
    discriminator = np.mean(np.log1p(np.exp(-real_logits))) + np.mean(np.log1p(np.exp(fake_logits)))
    generator = (
        np.mean(np.log1p(np.exp(-fake_logits))) + label_loss + l1 * np.abs(results - images).sum((1, 2, 3)).mean()
    )
    real_label_loss = cross_entropy(real["class_logits"], labels.numpy())
    seen = np.argmax(fake["class_logits"], axis=1) == targets
    return discriminator, generator, real_label_loss, label_loss, seen.mean(), np.abs(results - images).mean()


@pytest.mark.parametrize(("l1_weight", "l1"), [("mean", 1 / 4), (0.3, 0.3), (0, 0)])
@pytest.mark.parametrize("form", ["head", "frozen", "trained"])
def test_losses_by_hand(form, l1_weight, l1):
    keras.utils.set_random_seed(2)
    model = dense_modnet() if form == "head" else modnet_with_classifier(form == "frozen")
    compiled(model, l1_weight=l1_weight)
    seed = make_seed(5)
    expected = losses_by_hand(model, seed, l1)
    with source_batches([BATCH]):
        logs = model.generator_step(4, seed)
    assert float(logs["g_loss"]) == pytest.approx(expected[1], rel=1e-5)
    assert float(logs["fake_class_loss"]) == pytest.approx(expected[3], rel=1e-5)
    assert float(logs["fooling_rate"]) == pytest.approx(expected[4])
    assert float(logs["mean_abs_change"]) == pytest.approx(expected[5], rel=1e-5)
    expected = losses_by_hand(model, seed, l1)
    with source_batches([BATCH]):
        logs = model.discriminator_step(*BATCH, seed)
    label_losses = 0 if form == "frozen" else expected[2] + expected[3]
    assert float(logs["d_loss"]) == pytest.approx(expected[0] + label_losses, rel=1e-5)
    assert ("real_class_loss" in logs) == (form != "frozen")


@pytest.mark.parametrize("steps", [(1, 2), (2, 1)])
def test_each_update_takes_a_batch_of_its_own(steps, monkeypatch):
    """j real batches first, then one to change for each of the j + k updates, in their order."""
    model = compiled(dense_modnet(num_discriminator_steps=steps[0], num_generator_steps=steps[1]))
    assert model.num_batches_per_step == 2 * steps[0] + steps[1]
    seen, original = [], ModNet._fake_batch

    def spy(self, *args):
        batch = original(self, *args)
        seen.append(modnet._sources().images.numpy())
        return batch

    monkeypatch.setattr(ModNet, "_fake_batch", spy)
    images, labels = noise(4 * model.num_batches_per_step)
    images = images.reshape(4, model.num_batches_per_step, 2, 2, 1)
    model.train_step((tf.constant(images), tf.constant(labels.reshape(4, -1))))
    assert all_equal(seen, [images[:, index] for index in range(steps[0], model.num_batches_per_step)])
    assert model.discriminator_optimizer.iterations.numpy() == steps[0]
    assert model.generator_optimizer.iterations.numpy() == steps[1]
    assert model.num_steps.numpy() == 1


# --- the classifier ---------------------------------------------------------------------------------------------------


def test_a_frozen_classifier_stays_bit_for_bit():
    classifier = dense_classifier(noisy=True)
    model = compiled(modnet_with_classifier(True, classifier))
    (frozen,) = [layer for layer in model.discriminator.layers if isinstance(layer, Frozen)]
    assert model.has_frozen_classifier
    before, inside = values_of(classifier.variables), values_of(frozen.network.variables)
    assert len(before) == 4 + 4 + 1  # two dense layers, a batch norm, the state of the dropout
    critic = values_of(model.discriminator.trainable_variables)
    fit(model, 3)
    model.modify(IMAGES, 0)
    assert all_equal(before, values_of(classifier.variables))
    assert all_equal(inside, values_of(frozen.network.variables))
    after = values_of(model.discriminator.trainable_variables)
    assert not any(np.array_equal(old, new) for old, new in zip(critic, after, strict=True))
    assert len(after) == 4  # the critic's
    assert all(variable.trainable for variable in classifier.trainable_variables)
    np.testing.assert_allclose(model.class_probs(IMAGES), tf.nn.softmax(classifier(IMAGES)), atol=1e-6)


def test_a_classifier_that_is_not_frozen_learns_with_the_discriminator():
    classifier = dense_classifier()
    model = compiled(modnet_with_classifier(False, classifier))
    assert not model.has_frozen_classifier
    before = values_of(classifier.variables)
    fit(model, 1)
    changed = [not np.array_equal(old, new) for old, new in zip(before, values_of(classifier.variables), strict=True)]
    assert sum(changed) >= len(changed) - 1  # the bias before a batch norm has no gradient
    np.testing.assert_allclose(model.class_probs(IMAGES), tf.nn.softmax(classifier(IMAGES)), atol=1e-6)


def test_it_learns_to_fool_a_frozen_classifier():
    """Not by luck: the classifier sees the sign of one pixel, which deltas in [-1, 1] can set to either."""
    images = keras.Input((2, 2, 1))
    head = keras.layers.Dense(2, use_bias=False)
    classifier = keras.Model(images, head(keras.layers.Flatten()(images)))
    head.kernel.assign(np.array([[-9.0, 9.0], [0, 0], [0, 0], [0, 0]]))
    pixels = np.random.default_rng(0).uniform(-0.5, 0.5, (800, 2, 2, 1)).astype(np.float32)
    labels = (pixels[:, 0, 0, 0] > 0).astype(np.int32)
    keras.utils.set_random_seed(0)
    critic, generator = dense_critic(), dense_delta_generator()
    model = ModNet(generator, with_classifier(critic, classifier, 2), num_classes=2, num_generator_steps=2)
    model.compile(keras.optimizers.Adam(0.01), l1_weight=1e-3)
    history = model.fit(pixels, labels, batch_size=8, epochs=8, verbose=0).history
    assert history["fooling_rate"][-1] > 0.9
    assert (model.class_probs(model.modify(pixels, 1 - labels)).argmax(1) == 1 - labels).mean() > 0.9
    assert (model.class_probs(pixels).argmax(1) == labels).mean() == 1


# --- the ways of the house --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["head", "frozen"])
def test_for_images_trains_in_each_form(form):
    classifier = None if form == "head" else small_cnn((28, 28, 1), NUM_CLASSES)
    model = ModNet.for_images(
        described(28),
        num_filters=2,
        classifier=classifier,
        bounding="renormalise",
        num_generator_steps=2,
    )
    compiled(model)
    images, labels = noise(16, 28)
    history = model.fit(images, labels, batch_size=4, verbose=0).history
    assert set(history) == set(model.log_keys())
    assert np.isfinite(list(history.values())).all()
    assert ("real_class_loss" in history) == (form != "frozen")
    assert model.modify(images[:3], [0, 1, 2]).shape == (3, 28, 28, 1)


@pytest.mark.parametrize("frozen", [True, False])
def test_images_larger_than_those_that_its_classifier_is_trained_on(frozen, tmp_path):
    """`train_classifier` shrinks images above 64 pixels; the logits are those of its embedder."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 128, 128, 1), np.uint8)
    labels = np.arange(20) % NUM_CLASSES
    options = {"network": "wide_resnet", "depth": 10, "widen_factor": 1, "augmentation": "none"}
    classifier = train_classifier(pixels, labels, num_steps=1, batch_size=4, **options)
    assert classifier.model.input_shape == (None, 64, 64, 1)
    model = ModNet.for_images(
        described(128), num_filters=2, classifier=classifier, freeze_classifier=frozen, average_decay=0.5
    )
    images = to_float(pixels)
    expected = ClassifierEmbedder(classifier).embed(pixels).probs
    np.testing.assert_allclose(model.class_probs(images), expected, atol=1e-5)
    history = compiled(model).fit(images[:6], labels[:6], batch_size=2, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.class_probs(images), model.class_probs(images))
    np.testing.assert_array_equal(again.modify(images[:2], 1), model.modify(images[:2], 1))
    modifier = tf.saved_model.load(str(model.export(tmp_path / "export")))
    modified = modifier.modify(images[:2], np.int32([1, 1]))["images"]
    np.testing.assert_allclose(modified, model.modify(images[:2], 1), atol=1e-5)


@pytest.mark.parametrize("frozen", [True, False])
def test_resumed_training_is_the_uninterrupted_one_bit_for_bit(frozen, tmp_path):
    def build():
        keras.utils.set_random_seed(1)
        return compiled(modnet_with_classifier(frozen, dense_classifier(noisy=True), average_decay=0.9, seed=2))

    def data(first_step):
        images, labels = noise(4 * 4 * 3)
        dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(4, drop_remainder=True)
        return dataset.skip(first_step * 3)

    whole, first, second = build(), build(), build()
    whole.fit(data(0), verbose=0)
    first.fit(data(0).take(6), verbose=0)
    save_state(first, tmp_path / "state.npz")
    for variable in second.trainable_variables:
        variable.assign(variable * 0 + 7)
    load_state(second, tmp_path / "state.npz")
    second.fit(data(2), verbose=0)
    assert second.num_steps.numpy() == whole.num_steps.numpy() == 4
    assert all_equal(values_of(whole.variables), values_of(second.variables))
    assert all_equal(values_of(whole.generator_optimizer.variables), values_of(second.generator_optimizer.variables))


def test_steps_per_execution_does_not_change_the_weights():
    """Compiled: the batches of each step reach it inside of the loop."""
    models = []
    for steps_per_execution in (1, 2):
        keras.utils.set_random_seed(1)
        model = compiled(dense_modnet(), run_eagerly=False, steps_per_execution=steps_per_execution)
        data = tf.data.Dataset.from_tensor_slices(noise(4 * 3 * 4)).batch(4, drop_remainder=True)
        model.fit(data, verbose=0)
        models.append(model)
    for one, two in zip(*(values_of(model.variables) for model in models), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-7)
    assert models[0].num_steps.numpy() == 4


def test_saved_models_keep_form_and_bounding(tmp_path):
    model = compiled(modnet_with_classifier(True, bounding="tanh", num_generator_steps=2), l1_weight=0.5)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.has_frozen_classifier
    assert (again.bounding, again.num_generator_steps, again.l1_weight) == ("tanh", 2, 0.5)
    np.testing.assert_array_equal(again.modify(IMAGES, 2), model.modify(IMAGES, 2))
    np.testing.assert_array_equal(again.class_probs(IMAGES), model.class_probs(IMAGES))


def test_mixed_bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = compiled(modnet_with_classifier(average_decay=0.5))
    history = fit(model, 2).history
    assert np.isfinite(list(history.values())).all()
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    assert model.generator.layers[-4].compute_dtype == "bfloat16"
    results = model.modify(IMAGES, 1)
    assert results.dtype == np.float32
    # The sum is of float32 images, not of images rounded to 8 bits.
    np.testing.assert_allclose(results, np.clip(IMAGES + model.delta(IMAGES, 1), -1, 1), atol=1e-6)


@pytest.mark.parametrize("frozen", [True, False])
def test_a_classifier_of_float32_sees_float32_images_under_mixed_bfloat16(frozen):
    classifier = dense_classifier()
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = modnet_with_classifier(frozen, classifier)
    np.testing.assert_allclose(model.discriminator(IMAGES)["class_logits"], classifier(IMAGES), atol=1e-6)


def test_the_heuristics_of_the_base_go_with_it():
    heuristics = Heuristics(
        real_target=0.9,
        flip_probability=0.1,
        input_noise=ExponentialDecay(0.5, 10),
        frozen_layers=("features",),
        frozen_steps=1,
    )
    model = compiled(modnet_with_classifier(), heuristics=heuristics)
    before = model.discriminator.get_layer("features").kernel.numpy()
    fit(model, 1)
    np.testing.assert_array_equal(model.discriminator.get_layer("features").kernel, before)
    assert np.isfinite(list(fit(model, 1).history.values())).all()
    assert not np.array_equal(model.discriminator.get_layer("features").kernel, before)
