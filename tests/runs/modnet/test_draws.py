"""Draws of images and of their targets, by hand."""

import numpy as np
import pytest

from tfgan_suite.runs.modnet.draws import all_others, other_labels, stratified_rows


def test_rows_are_stratified_and_nested():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    rows = stratified_rows(labels, 45, seed=0)
    assert np.bincount(labels[rows]).tolist() == [15, 15, 15]
    assert len(set(rows)) == 45
    counts = np.bincount(labels[stratified_rows(labels, 10, seed=0)])
    assert counts.min() == 3
    assert counts.max() == 4
    assert stratified_rows(labels, 10, seed=0).tolist() == rows[:10].tolist()
    assert stratified_rows(labels, 45, seed=1).tolist() != rows.tolist()
    # A class that has no more images leaves its share to the others.
    assert np.bincount(labels[stratified_rows(labels, 90, seed=0)]).tolist() == [40, 30, 20]
    assert sorted(stratified_rows(labels, 100, seed=0)) == list(range(100))
    with pytest.raises(ValueError, match=r"`number` must be in \[1, N\]"):
        stratified_rows(labels, 101, seed=0)


def test_other_labels_are_never_the_own_and_uniform():
    labels = np.tile([0, 1, 2, 3], 3000)
    targets = other_labels(labels, 4, seed=0)
    assert (targets != labels).all()
    assert targets.dtype == np.int32
    # 12,000 targets over 12 pairs: 1,000 each, stddev 30; five of them.
    assert np.abs(np.bincount(4 * labels + targets, minlength=16)[[1, 2, 3, 4, 6, 7]] - 1000).max() < 150


def test_every_row_with_every_other_label():
    rows, targets = all_others(np.array([5, 2]), np.array([9, 9, 1, 9, 9, 0]), 3)
    assert rows.tolist() == [5, 5, 2, 2]
    assert targets.tolist() == [1, 2, 2, 0]
