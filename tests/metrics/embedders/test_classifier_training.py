import keras
import numpy as np
import pytest
import sklearn.datasets
import tensorflow as tf

from tfgan_suite.metrics.embedders import ClassifierEmbedder, train_classifier
from tfgan_suite.metrics.embedders.classifier_loop import Loop, augment, predict_logits
from tfgan_suite.metrics.embedders.classifier_training import ClassifierOptions, build_classifier

TINY = {"network": "wide_resnet", "depth": 10, "widen_factor": 1}


@pytest.fixture(scope="module")
def digits():
    data = sklearn.datasets.load_digits()
    return (data.images * (255 / 16)).astype(np.uint8)[..., None], data.target


def noise(count=40, size=8, channels=3):
    images = np.random.default_rng(0).integers(0, 256, (count, size, size, channels), np.uint8)
    return images, np.arange(count) % 4


def test_wide_resnet_learns_digits(digits):
    images, labels = digits
    rows, steps = [], []
    trained = train_classifier(
        images[:1500],
        labels[:1500],
        test_images=images[1500:],
        test_labels=labels[1500:],
        class_names=[f"digit {index}" for index in range(10)],
        data_name="digits",
        num_steps=60,
        augmentation="none",
        on_epoch=rows.append,
        progress=lambda done, total: steps.append((done, total)),
        **TINY,
    )
    # 60 steps reach about 0.9 on this split; guessing is 0.1.
    assert trained.card.test_accuracy > 0.6
    assert [row["step"] for row in rows] == [11, 22, 33, 44, 55, 60]
    assert rows[-1]["test_accuracy"] == trained.card.test_accuracy
    assert rows[-1]["train_loss"] < rows[0]["train_loss"]
    assert 0 <= rows[0]["train_accuracy"] < rows[-1]["train_accuracy"] <= 1
    assert rows[-1]["epoch"] == pytest.approx(60 / 11)
    assert steps == [(step, 60) for step in range(1, 61)]
    card = trained.card
    assert (card.data_name, card.num_classes, card.image_shape) == ("digits", 10, (8, 8, 1))
    assert (card.num_train_images, card.num_test_images) == (1500, 297)
    assert (card.options["num_steps"], card.options["batch_size"], card.options["learning_rate"]) == (60, 128, 0.1)
    embedder = ClassifierEmbedder(trained)
    assert embedder.name.startswith("classifier trained on digits (test accuracy 0.")
    right = embedder.embed(images[1500:]).probs.argmax(axis=1) == labels[1500:]
    assert right.mean() == pytest.approx(card.test_accuracy, abs=1e-9)
    assert embedder.feature_dim == 64


def test_wide_resnet_standardises_by_the_training_images():
    images, _ = noise()
    images[..., 1] //= 2
    model = build_classifier(images, 4, ClassifierOptions(**TINY))
    standard = model.get_layer("standardise")(images).numpy()
    np.testing.assert_allclose(standard.mean(axis=(0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(standard.std(axis=(0, 1, 2)), 1, rtol=1e-4)
    grey = build_classifier(images, 4, ClassifierOptions()).get_layer("standardise")(np.float32([[[[0, 127.5, 255]]]]))
    np.testing.assert_allclose(grey[0, 0, 0], [-1, 0, 1], atol=1e-6)


def test_the_step_of_the_original():
    """SGD with Nesterov momentum 0.9 and decay on every parameter: the first step is -(1 + 0.9) lr (g + 5e-4 w)."""
    images, labels = noise(16)
    options = ClassifierOptions(**TINY, num_steps=10, augmentation="none", batch_size=16).resolved(16)
    model = build_classifier(images, 4, options)
    before = [variable.numpy() for variable in model.trainable_variables]
    with tf.GradientTape() as tape:
        logits = model(images.astype(np.float32), training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    gradients = tape.gradient(loss, model.trainable_variables)
    loop = Loop(model, images, labels.astype(np.int32), options, None)
    loop._train_step((tf.constant(images), tf.constant(labels, tf.int32)), tf.constant(0))
    for variable, old, gradient in zip(model.trainable_variables, before, gradients, strict=True):
        expected = old - 1.9 * 0.1 * (gradient.numpy() + 5e-4 * old)
        np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-3, atol=2e-5)


def test_learning_rates():
    images, labels = noise(20)
    wide = Loop(
        build_classifier(images, 4, ClassifierOptions(**TINY)),
        images,
        labels,
        ClassifierOptions(**TINY, num_epochs=200, batch_size=20).resolved(20),
        None,
    ).optimizer
    rates = []
    for epoch in (0, 59, 61, 119, 121, 159, 161, 199):
        wide.iterations.assign(epoch)
        rates.append(float(wide.learning_rate))
    np.testing.assert_allclose(rates, [0.1, 0.1, 0.02, 0.02, 0.004, 0.004, 0.0008, 0.0008], rtol=1e-5)
    assert isinstance(wide, keras.optimizers.SGD)


def test_going_on_from_a_checkpoint_is_as_never_stopped(tmp_path):
    images, labels = noise()
    options = {"num_epochs": 4, "batch_size": 12, "dropout_rate": 0.3, **TINY}
    whole = train_classifier(images, labels, **options)

    class Stop(Exception):
        pass

    def stop(row):
        if row["step"] > 6:
            raise Stop

    checkpoint, rows = tmp_path / "state.npz", []
    with pytest.raises(Stop):
        train_classifier(images, labels, checkpoint=checkpoint, on_epoch=stop, **options)
    resumed = train_classifier(images, labels, checkpoint=checkpoint, on_epoch=rows.append, **options)
    assert [row["step"] for row in rows] == [9, 12]
    for weight, expected in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert resumed.card == whole.card
    with pytest.raises(ValueError, match=r"with the data and the options .* Remove it to start anew"):
        train_classifier(images, labels, checkpoint=checkpoint, **{**options, "num_epochs": 5})
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"state.npz is damaged"):
        train_classifier(images, labels, checkpoint=checkpoint, **options)


def test_large_images_are_shrunk_and_no_augmentation_for_tiny_ones():
    images = np.random.default_rng(0).integers(0, 256, (24, 96, 70, 1), np.uint8)
    trained = train_classifier(
        images, np.arange(24) % 3, num_steps=1, test_images=images, test_labels=np.arange(24) % 3
    )
    assert trained.model.input_shape == (None, 64, 47, 1)
    assert predict_logits(trained.model, images).shape == (24, 3)
    with pytest.raises(ValueError, match="more than 4 pixels a side"):
        train_classifier(*noise(size=4), num_steps=1, **TINY)


def test_a_loss_that_is_not_finite_ends_the_training():
    with pytest.raises(FloatingPointError, match=r"not finite by step \d+ of 200 .*`learning_rate`"):
        train_classifier(*noise(), num_steps=200, learning_rate=1e30)


def crops_of(image):
    padded = np.pad(image, ((4, 4), (4, 4), (0, 0)), mode="reflect")
    size = len(image)
    return [padded[top : top + size, left : left + size] for top in range(9) for left in range(9)]


@pytest.mark.parametrize("kind", ["crop", "crop_flip"])
def test_augmentation(kind):
    images = np.random.default_rng(1).normal(size=(64, 12, 12, 2)).astype(np.float32)
    augmented = augment(tf.constant(images), kind, tf.constant([1, 2])).numpy()
    found, flipped = set(), 0
    for image, result in zip(images, augmented, strict=True):
        plain = [index for index, crop in enumerate(crops_of(image)) if np.array_equal(crop, result)]
        mirrored = [index for index, crop in enumerate(crops_of(image)) if np.array_equal(crop[:, ::-1], result)]
        assert plain or mirrored
        found.update(plain or mirrored)
        flipped += not plain
    assert len(found) > 25  # 64 draws of 81 places give about 44
    # Of 64 fair coins, between 12 and 52 fall on one side but for 1 in 10 million.
    assert 12 <= flipped <= 52 if kind == "crop_flip" else flipped == 0
    np.testing.assert_array_equal(augment(tf.constant(images), kind, tf.constant([1, 2])), augmented)
    assert not np.array_equal(augment(tf.constant(images), kind, tf.constant([1, 3])), augmented)


def test_no_augmentation():
    images = tf.ones((2, 6, 6, 1))
    assert augment(images, "none", tf.constant([0, 0])) is images


@pytest.mark.parametrize(
    ("options", "num_images", "expected"),
    [
        ({}, 60_000, (4687, 128, 1e-3, "none")),
        ({}, 100, (300, 100, 1e-3, "none")),
        ({}, 10**6, (5000, 128, 1e-3, "none")),
        ({"num_epochs": 3}, 1000, (21, 128, 1e-3, "none")),
        ({"num_steps": 5, "learning_rate": 0.5, "augmentation": "crop"}, 1000, (5, 128, 0.5, "crop")),
        ({"network": "wide_resnet"}, 50_000, (200 * 390, 128, 0.1, "crop_flip")),
        ({"network": "wide_resnet", "num_epochs": 1, "batch_size": 10}, 50, (5, 10, 0.1, "crop_flip")),
    ],
)
def test_lengths_and_rates(options, num_images, expected):
    resolved = ClassifierOptions(**options).resolved(num_images)
    assert (resolved.num_steps, resolved.batch_size, resolved.learning_rate, resolved.augmentation) == expected
    assert resolved.resolved(num_images) == resolved


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": "resnet"}, "`network` must be one of 'small_cnn', 'wide_resnet'"),
        ({"augmentation": "flip"}, "`augmentation` must be one of"),
        ({"num_steps": 0}, "`num_steps` must be above 0"),
        ({"num_epochs": -1}, "`num_epochs` must be above 0"),
        ({"num_steps": 1, "num_epochs": 1}, "Only one of"),
        ({"learning_rate": 0.0}, "`learning_rate` must be above 0"),
        ({"network": "wide_resnet", "depth": 11}, "`depth` must be 6 n"),
        ({"labels": None}, "must be given labels"),
        ({"images": np.zeros((19, 8, 8, 1), np.uint8), "labels": np.arange(19) % 2}, "at least 20 images"),
        ({"test_images": np.zeros((2, 9, 9, 3), np.uint8), "test_labels": np.zeros(2, int)}, "shape of the training"),
    ],
)
def test_refuses(change, message):
    images, labels = noise()
    with pytest.raises(ValueError, match=message):
        train_classifier(**{"images": images, "labels": labels, **change})


def test_unknown_option():
    with pytest.raises(TypeError, match="num_step"):
        train_classifier(*noise(), num_step=1)
