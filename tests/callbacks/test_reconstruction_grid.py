"""Real images and their reconstructions while training."""

import numpy as np
import pytest
from PIL import Image

from tfgan_suite.callbacks import ReconstructionGrid
from tfgan_suite.core.images import to_uint8


def test_what_the_generator_makes_is_found_and_stands_below_its_image(make_gan, tmp_path):
    gan = make_gan()
    images = to_uint8(gan.sample(5, seed=3))
    grid, logs = ReconstructionGrid(images, tmp_path, 1, num_steps=300, num_columns=3, min_size_px=8), {}
    grid.set_model(gan)
    grid.act(7, logs)
    picture = np.asarray(Image.open(tmp_path / "step_00000007.png"))
    assert picture.shape[:2] == (4 * 10 - 2, 3 * 10 - 2)
    np.testing.assert_array_equal(picture[:8, :8].reshape(8, 8, -1)[..., :1], images[0])
    assert (picture[20:, 20:] == 255).all()  # five images leave the third place of the last rows white
    noise = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    beside, of_noise = ReconstructionGrid(noise, tmp_path / "noise", 1, num_steps=300), {}
    beside.set_model(gan)
    beside.act(7, of_noise)
    assert logs["reconstruction_distance"] < of_noise["reconstruction_distance"] / 2


def test_training_is_the_same_with_it_and_its_distance_is_logged_at_its_interval(make_gan, batches, images, tmp_path):
    weights = []
    for callbacks in ([], [ReconstructionGrid(images.train.images, tmp_path, 2, num_images=3, num_steps=2)]):
        gan = make_gan()
        history = gan.fit(batches, epochs=3, steps_per_epoch=1, callbacks=callbacks, verbose=0).history
        weights.append(gan.get_weights())
    assert len(history["reconstruction_distance"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["step_00000002.png"]
    for alone, watched in zip(*weights, strict=True):
        np.testing.assert_array_equal(alone, watched)


def test_images_of_another_shape_are_refused_before_training(make_gan, tmp_path):
    grid = ReconstructionGrid(np.zeros((4, 16, 16, 1), np.uint8), tmp_path, 1)
    with pytest.raises(ValueError, match="shape that the generator makes"):
        grid.set_model(make_gan())
    with pytest.raises(ValueError, match="num_images"):
        ReconstructionGrid(np.zeros((4, 16, 16, 1), np.uint8), tmp_path, 1, num_images=0)
