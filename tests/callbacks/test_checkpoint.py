"""Checkpoints: whole state, exact resume, damage, values that are not finite."""

import numpy as np
import pytest

from tfgan_suite.callbacks.checkpoint import Checkpoint, checkpoint_files, load_state, restore_latest, save_state


def weights(gan):
    return [variable.numpy() for variable in gan.variables]


def test_a_restored_model_goes_on_exactly_as_the_one_that_was_saved(make_gan, batches, tmp_path):
    gan = make_gan()
    gan.fit(batches, steps_per_epoch=2, verbose=0)
    save_state(gan, tmp_path / "state.npz")
    gan.fit(batches, steps_per_epoch=3, verbose=0)

    other = make_gan()
    load_state(other, tmp_path / "state.npz")
    assert int(other.num_steps.numpy()) == 2
    other.fit(batches, steps_per_epoch=3, verbose=0)

    for expected, actual in zip(weights(gan), weights(other), strict=True):
        np.testing.assert_array_equal(actual, expected)
    np.testing.assert_array_equal(other.sample(4, labels=1, seed=5), gan.sample(4, labels=1, seed=5))


def test_keeps_the_last_files_and_the_best(make_gan, batches, tmp_path):
    gan = make_gan()
    checkpoint = Checkpoint(tmp_path, every_steps=1, max_to_keep=2, best_of="fid")
    checkpoint.set_model(gan)
    for epoch, fid in enumerate([5.0, 3.0, 4.0]):
        gan.fit(batches, steps_per_epoch=1, verbose=0)
        checkpoint.on_epoch_end(epoch, {"fid": fid})
    assert [path.name for path in checkpoint_files(tmp_path)] == ["step_00000002.npz", "step_00000003.npz"]
    load_state(gan, tmp_path / "best.npz")
    assert int(gan.num_steps.numpy()) == 2


def test_a_truncated_checkpoint_is_passed_over_with_a_warning(make_gan, tmp_path, caplog):
    gan = make_gan()
    save_state(gan, tmp_path / "step_00000001.npz")
    whole = (tmp_path / "step_00000001.npz").read_bytes()
    (tmp_path / "step_00000002.npz").write_bytes(whole[: len(whole) // 2])
    assert restore_latest(gan, tmp_path).name == "step_00000001.npz"
    assert "step_00000002.npz is damaged" in caplog.text


def test_only_damaged_checkpoints_are_an_error_that_names_them(make_gan, tmp_path):
    (tmp_path / "step_00000002.npz").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"step_00000002\.npz is damaged"):
        restore_latest(make_gan(), tmp_path)


def test_no_checkpoint_is_an_error(make_gan, tmp_path):
    with pytest.raises(ValueError, match="no checkpoint to go on from"):
        restore_latest(make_gan(), tmp_path)


def test_a_checkpoint_of_another_model_is_refused_and_changes_nothing(make_gan, tmp_path):
    save_state(make_gan(num_filters=3), tmp_path / "state.npz")
    gan = make_gan()
    before = weights(gan)
    with pytest.raises(ValueError, match="must be of a model with the same variables"):
        load_state(gan, tmp_path / "state.npz")
    for expected, actual in zip(before, weights(gan), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_weights_that_are_not_finite_are_never_written(make_gan, tmp_path):
    gan = make_gan()
    save_state(gan, tmp_path / "state.npz")
    good = (tmp_path / "state.npz").read_bytes()
    kernel = gan.generator.trainable_variables[0]
    kernel.assign(np.full(kernel.shape, np.nan))
    with pytest.raises(FloatingPointError, match="stem_linear"):
        save_state(gan, tmp_path / "state.npz")
    assert (tmp_path / "state.npz").read_bytes() == good
