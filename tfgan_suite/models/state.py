"""Everything that the next training steps depend on, and how another model of the same make takes it over."""

import keras

from tfgan_suite.core.checks import require


def training_state(model: keras.Model) -> list[keras.Variable]:
    """The variables of a compiled GAN: weights, moving statistics, averages, counter, seed, both optimizers.

    Running means of what is logged are left out. The order is decided by the model's make.
    """
    metric_variables = {id(variable) for metric in model.metrics for variable in metric.variables}
    own = [variable for variable in model.variables if id(variable) not in metric_variables]
    return [*own, *model.generator_optimizer.variables, *model.discriminator_optimizer.variables]


def become(model: keras.Model, fresh: keras.Model) -> None:
    """Gives a compiled GAN the state of another one of the same make, such as a new one with another seed.

    What it has traced and compiled is kept: the trials of a study, one after the other, share one training program.

    Args:
        model: compiled; trained before or not.
        fresh: compiled alike.

    Raises:
        ValueError: the two are of different makes, or were compiled with different arguments. Nothing is changed then.
    """
    ours, theirs = training_state(model), training_state(fresh)
    require(
        [tuple(variable.shape) for variable in ours] == [tuple(variable.shape) for variable in theirs]
        and _training_rule(model) == _training_rule(fresh),
        "both models must be of the same make and compiled with the same arguments",
        ours=_training_rule(model),
        theirs=_training_rule(fresh),
    )
    for variable, other in zip(ours, theirs, strict=True):
        variable.assign(other)
    model.seed = fresh.seed


def _training_rule(model: keras.Model) -> dict:
    rule = dict(model.get_compile_config())
    for key in ("generator_optimizer", "discriminator_optimizer"):
        config = {name: value for name, value in rule[key]["config"].items() if name != "name"}
        rule[key] = (rule[key]["class_name"], config)
    schedule = (model.num_discriminator_steps, model.num_generator_steps)
    return {"model": type(model).__name__, "discriminator_and_generator_steps": schedule, **rule}
