import numpy as np

from atolye.data.dataset import Split
from atolye.data.pipeline import BatchPlan, batches
from atolye.data.pipeline_keras import PlannedBatches


def split(count=20):
    return Split(np.arange(count, dtype=np.float32)[:, None], np.arange(count), np.arange(count).astype(str))


def order(dataset):
    return np.concatenate([np.asarray(targets) for _, targets in dataset]).tolist()


def test_the_same_batches_as_on_tensorflow():
    other = batches(split(), 6, shuffle=True, seed=3)
    own = PlannedBatches(BatchPlan(split(), 6, True, 3, False), 0)
    assert own.num_batches == 4
    for _ in range(3):
        assert order(own) == order(other)


def test_keras_takes_it_from_epoch_to_epoch():
    import keras

    plan = BatchPlan(split(), 6, True, 3, False)
    data = PlannedBatches(plan, 2)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(data, epochs=2, shuffle=False, verbose=0)
    assert data.epoch == 4
    assert np.array_equal(data[0][1], plan.batch(plan.order(4), 0)[1])


def test_looking_at_a_first_batch_is_no_epoch():
    data = PlannedBatches(BatchPlan(split(), 6, True, 3, False), 0)
    data.on_epoch_end()
    data[0]
    data.on_epoch_end()
    assert data.epoch == 0


def test_other_backends_get_it(monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert isinstance(batches(split(), 4), PlannedBatches)


class Noise:
    def augment(self, images, labels=None, *, generator, epoch=0):
        return images + generator.random(images.shape, dtype="float32") + epoch, labels


def test_augmented_batches_are_those_of_the_other_backends():
    options = {"shuffle": True, "seed": 3, "augment": Noise(), "first_epoch": 1}
    elsewhere = [np.asarray(inputs) for inputs, _ in batches(split(), 6, **options)]
    own = PlannedBatches(BatchPlan(split(), 6, True, 3, False, Noise()), 1)
    for inputs, (mine, _) in zip(elsewhere, own, strict=True):
        assert np.array_equal(inputs, mine)
