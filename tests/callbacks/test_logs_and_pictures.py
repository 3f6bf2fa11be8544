"""Sample grids, the metrics log, the progress bar, and the stop at a value that is not finite."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from tfgan_suite.callbacks import MetricsLog, ProgressBar, SampleGrid, StopOnNonFinite
from tfgan_suite.callbacks.metrics_log import forget_after, read_metrics


def test_grid_has_a_row_per_class_and_the_same_latents_every_time(make_gan, tmp_path):
    grid = SampleGrid(tmp_path, num_columns=4, min_size_px=8)
    grid.set_model(make_gan())
    grid.act(0, {})
    picture = np.asarray(Image.open(tmp_path / "step_00000000.png"))
    assert picture.shape == (3 * 10 - 2, 4 * 10 - 2)
    grid.write(tmp_path / "again.png")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "again.png")), picture)


def test_grid_of_fewer_classes_is_the_top_of_a_whole_one_and_another_seed_another_grid(make_gan, tmp_path):
    pictures = {}
    for name, how in {"whole": {}, "two": {"max_classes": 2}, "other": {"seed": 1}}.items():
        grid = SampleGrid(tmp_path, num_columns=4, min_size_px=8, **how)
        grid.set_model(make_gan())
        grid.write(tmp_path / f"{name}.png")
        pictures[name] = np.asarray(Image.open(tmp_path / f"{name}.png")).astype(int)
    assert pictures["two"].shape == (2 * 10 - 2, 4 * 10 - 2)
    np.testing.assert_allclose(pictures["two"], pictures["whole"][:18], atol=1)
    assert (pictures["other"] != pictures["whole"]).any()


def test_grid_is_drawn_at_its_interval_only_and_small_images_are_enlarged(make_gan, batches, tmp_path):
    gan = make_gan()
    gan.fit(batches, epochs=3, steps_per_epoch=1, callbacks=[SampleGrid(tmp_path, 2, num_columns=2)], verbose=0)
    assert [path.name for path in tmp_path.iterdir()] == ["step_00000002.png"]
    assert Image.open(tmp_path / "step_00000002.png").size == (6 * 18, 6 * 28)


def test_log_has_a_line_per_interval_with_the_step(make_gan, batches, tmp_path):
    gan = make_gan()
    log = MetricsLog(tmp_path / "metrics.jsonl", tmp_path / "tensorboard")
    gan.fit(batches, epochs=2, steps_per_epoch=2, callbacks=[log], verbose=0)
    rows = read_metrics(tmp_path / "metrics.jsonl")
    assert [row["step"] for row in rows] == [2, 4]
    assert set(rows[0]) == {"step", *gan.log_keys()}
    assert len(list((tmp_path / "tensorboard").iterdir())) == 1


def test_a_line_that_a_kill_cut_off_is_left_out_and_later_rows_are_forgotten(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps({"step": step}) + "\n" for step in (1, 2, 3)) + '{"step": 4, "d_lo')
    assert [row["step"] for row in read_metrics(path)] == [1, 2, 3]
    assert [row["step"] for row in forget_after(path, 2)] == [1, 2]
    assert [row["step"] for row in read_metrics(path)] == [1, 2]


def test_no_log_has_no_rows(tmp_path):
    assert read_metrics(tmp_path / "metrics.jsonl") == []


def test_stops_at_the_first_value_that_is_not_finite_and_names_it(make_gan, batches):
    gan = make_gan()
    kernel = gan.discriminator.trainable_variables[0]
    kernel.assign(np.full(kernel.shape, np.inf))
    with pytest.raises(FloatingPointError, match=r"`\w+` became (nan|inf|-inf) by generator step 1\."):
        gan.fit(batches, steps_per_epoch=3, callbacks=[StopOnNonFinite()], verbose=0)
    assert int(gan.num_steps.numpy()) == 1


def test_progress_tells_steps_and_both_kinds_of_time(make_gan, batches):
    text = io.StringIO()
    bar = ProgressBar(4, console=Console(file=text, width=200))
    gan = make_gan()
    gan.fit(batches, epochs=2, steps_per_epoch=2, callbacks=[bar, bar.end_of_epoch], verbose=0)
    lines = text.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[-1].startswith("step 4/4")
    for part in ("d_loss", "g_loss", "left 0:00", "training", "measuring"):
        assert part in lines[-1]
    assert bar.training_sec > 0
    assert bar.measuring_sec >= 0
