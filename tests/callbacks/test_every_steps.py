import pytest

from tfgan_suite.callbacks.every_steps import EverySteps


class Noted(EverySteps):
    def __init__(self, every_steps):
        super().__init__(every_steps)
        self.steps = []

    def act(self, step, logs):
        self.steps.append(step)


@pytest.mark.parametrize(
    ("every_steps", "steps_per_epoch", "expected"),
    [(2, 2, [2, 4, 6, 8]), (4, 2, [4, 8]), (3, 2, [4, 6]), (1, 3, [3, 6, 9, 12]), (5, 3, [6, 12]), (0, 2, [])],
)
def test_acts_at_the_end_of_each_epoch_with_a_multiple(make_gan, batches, every_steps, steps_per_epoch, expected):
    noted = Noted(every_steps)
    make_gan().fit(batches, epochs=4, steps_per_epoch=steps_per_epoch, callbacks=[noted], verbose=0)
    assert noted.steps == expected


def test_goes_on_from_the_step_of_the_model(make_gan, batches):
    gan, noted = make_gan(), Noted(4)
    gan.num_steps.assign(3)
    gan.fit(batches, epochs=2, steps_per_epoch=1, callbacks=[noted], verbose=0)
    assert noted.steps == [4]


def test_an_interval_below_0_is_refused():
    with pytest.raises(ValueError, match="`every_steps` must be at least 0"):
        EverySteps(-1)
