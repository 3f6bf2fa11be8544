"""Which layer of a network the features are: its pooled outputs, its logits, or all its convolutions at once."""

from collections.abc import Collection, Iterator

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require

PRELOGITS, LOGITS, HYPERCOLUMNS = "prelogits", "logits", "hypercolumns"
_MAX_LISTED = 24
_CONVOLUTIONS = (
    keras.layers.Conv2D,
    keras.layers.Conv2DTranspose,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)


def require_layer(layer: str, available: Collection[str], embedder: str) -> None:
    """Refuses a layer that the network does not have, with a list of those it has.

    Raises:
        ValueError: `layer` is not in `available`.
    """
    names = list(available)
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    require(
        layer in names,
        f"`layer` must be one that the embedder has: {', '.join(names[:_MAX_LISTED])}{more}",
        layer=layer,
        embedder=embedder,
    )


def pooled(values: tf.Tensor | keras.KerasTensor) -> tf.Tensor | keras.KerasTensor:
    """[n, h, w, D] averaged over h and w; [n, D] as it is."""
    return keras.ops.mean(values, axis=(1, 2)) if len(values.shape) == 4 else values  # [n, D]


def layer_names(model: keras.Model) -> list[str]:
    """The layers that `layer_output` knows: the three names of this module where they apply, outputs, own layers."""
    names = [PRELOGITS] if PRELOGITS in _layers(model) or classification_layer(model) is not None else []
    names += [LOGITS] if classification_layer(model) is not None else []
    names += [HYPERCOLUMNS] if any(True for _ in _convolutions(model)) else []
    names += [str(name) for name in named_outputs(model)] + list(_layers(model))
    return list(dict.fromkeys(names))


def layer_output(model: keras.Model, layer: str) -> keras.KerasTensor:
    """The output [N, D] of a layer of `layer_names(model)`; maps are averaged.

    "prelogits" is what goes into the last dense layer, "logits" what comes out of it before its activation.
    "hypercolumns" are the outputs of all convolutions, each averaged over its map, side by side: the DDM thesis
    (section 3.4.3) has "a sampled representation of each layer"; here it is the mean over all places.
    """
    outputs, layers, head = named_outputs(model), _layers(model), classification_layer(model)
    if layer in outputs:
        return pooled(outputs[layer])
    if layer in layers and (layer != LOGITS or head is None):  # a last layer of that name may end in a softmax
        return pooled(layers[layer].output)
    if layer == HYPERCOLUMNS:
        return keras.ops.concatenate([pooled(each.output) for each in _convolutions(model)], axis=-1)
    return pooled(head.input) if layer == PRELOGITS else _before_activation(head)


def classification_layer(model: keras.Model) -> keras.layers.Dense | None:
    """The dense layer at the end of a network with one output; an activation may follow it."""
    if len(model.outputs) != 1 or named_outputs(model):
        return None
    for layer in reversed(model.layers):
        if not isinstance(layer, (keras.layers.Activation, keras.layers.Softmax)):
            return layer if isinstance(layer, keras.layers.Dense) and len(layer.output.shape) == 2 else None
    return None


def _before_activation(head: keras.layers.Dense) -> keras.KerasTensor:
    if head.activation is keras.activations.linear:
        return head.output
    linear = keras.layers.Dense.from_config({**head.get_config(), "activation": None, "name": f"{head.name}_linear"})
    values = linear(head.input)
    linear.set_weights(head.get_weights())
    return values


def named_outputs(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """The outputs by name, of a model that gives a dictionary; of others none."""
    output = None if isinstance(model, keras.Sequential) else model.output  # which a Sequential does not have
    return dict(output) if isinstance(output, dict) else {}


def _layers(model: keras.Model) -> dict[str, keras.layers.Layer]:
    """Own layers with one output of rank 2 or 4, by name; the inputs are no layer."""
    found = {}
    for layer in model.layers:
        try:
            output = layer.output
        except AttributeError:  # called more than once, or never
            continue
        if not isinstance(layer, keras.layers.InputLayer) and len(getattr(output, "shape", ())) in (2, 4):
            found[layer.name] = layer
    return found


def _convolutions(model: keras.Model) -> Iterator[keras.layers.Layer]:
    return (layer for layer in _layers(model).values() if isinstance(layer, _CONVOLUTIONS))
