"""The compiled loop under `GAN.fit`, which Keras' own cannot be under every `tf.distribute` strategy.

Keras 3's `fit` fails under `MultiWorkerMirroredStrategy` (keras issue 20585): it builds the model from a data batch in
cross-replica context, and it reduces scalar logs as if they were batches. Here the model is built beforehand, what a
step returns is not reduced, and the metrics are read once per execution in cross-replica context.
"""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

Step = Callable[[Any], Any]
Execution = Callable[[Iterator], dict[str, tf.Tensor]]


def make_execution(model: keras.Model, step: Step) -> Execution:
    """Returns a function that takes `model.steps_per_execution` elements from an iterator and runs `step` on each.

    It returns the model's metrics, and raises `StopIteration` where the data had already ended. The end of the data is
    looked at before each step, so that a step is made whole or not at all. The iterator is one over
    `for_executions(model, dataset)`.
    """
    strategy = model.distribute_strategy
    if _runs_segments(model):
        return _segment_executions(model, tf.autograph.experimental.do_not_convert(step))
    if model.jit_compile and not model.run_eagerly:
        step = tf.function(step, jit_compile=True, reduce_retracing=True, autograph=False)
    step = tf.autograph.experimental.do_not_convert(step)

    def run_on_replicas(element: Any) -> None:
        strategy.run(step, args=(element,))

    if model.steps_per_execution == 1:
        return _one_step_executions(model, run_on_replicas)
    return _several_step_executions(model, run_on_replicas)


def for_executions(model: keras.Model, dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The data set, its elements joined where one call takes the elements of several steps at once."""
    if not _runs_segments(model):
        return dataset
    blocks = dataset.batch(model.steps_per_execution).prefetch(1)
    # Keras counts steps, and never asks for more than the last of them.
    num_steps = dataset.cardinality()
    return blocks.apply(tf.data.experimental.assert_cardinality(num_steps)) if num_steps >= 0 else blocks


def _runs_segments(model: keras.Model) -> bool:
    in_graph = model.jit_compile and not model.run_eagerly
    return in_graph and model.steps_per_execution > 1 and model.distribute_strategy.num_replicas_in_sync == 1


def _one_step_executions(model: keras.Model, step: Step) -> Execution:
    """Reads the data outside the graph: a step inside a branch of a graph is optimised less well."""

    def step_and_metrics(element: Any) -> dict[str, tf.Tensor]:
        step(element)
        return model.get_metrics_result()

    if not model.run_eagerly:
        step_and_metrics = tf.function(step_and_metrics, reduce_retracing=True, autograph=False)

    def execution(iterator: Iterator) -> dict[str, tf.Tensor]:
        element = iterator.get_next_as_optional()
        if not element.has_value():
            raise StopIteration
        return step_and_metrics(element.get_value())

    return execution


def _several_step_executions(model: keras.Model, step: Step) -> Execution:
    """Loops inside the graph, which spares small networks the way through Python."""

    def steps_and_metrics(iterator: Iterator) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        num_run = tf.constant(0)
        for _ in tf.range(model.steps_per_execution):
            element = iterator.get_next_as_optional()
            if element.has_value():
                step(element.get_value())
                num_run += 1
        return num_run, model.get_metrics_result()

    if not model.run_eagerly:
        steps_and_metrics = tf.function(steps_and_metrics, reduce_retracing=True)

    def execution(iterator: Iterator) -> dict[str, tf.Tensor]:
        num_run, logs = steps_and_metrics(iterator)
        if num_run == 0:
            raise StopIteration
        return logs

    return execution


def _segment_executions(model: keras.Model, step: Step) -> Execution:
    """One XLA program over all steps of an execution, so that small networks lose no time between them.

    A last execution with fewer steps is compiled once more.
    """

    @tf.function(jit_compile=True, autograph=False)
    def segment(block: Any) -> dict[str, tf.Tensor]:
        num_steps = tf.nest.flatten(block)[0].shape[0]

        def one_step(index: tf.Tensor) -> tf.Tensor:
            step(tf.nest.map_structure(lambda tensor: tensor[index], block))
            return index + 1

        tf.while_loop(lambda index: index < num_steps, one_step, [tf.constant(0)])
        return model.get_metrics_result()

    def execution(iterator: Iterator) -> dict[str, tf.Tensor]:
        block = iterator.get_next_as_optional()
        if not block.has_value():
            raise StopIteration
        return segment(block.get_value())

    return execution


def rows_of_this_replica(num_rows: int, draw: Callable[[Any], tf.Tensor]) -> tf.Tensor:
    """Draws noise for the whole batch and returns the rows that belong to this replica.

    Every replica draws the same [num_replicas * num_rows, ...] tensor and keeps its own part, so that replicas have
    different noise, and that two replicas with half a batch each see what one replica with the whole batch sees.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return draw(num_rows)
    rows = draw(num_rows * context.num_replicas_in_sync)
    start = tf.cast(context.replica_id_in_sync_group, tf.int32) * num_rows
    return rows[start : start + num_rows]
