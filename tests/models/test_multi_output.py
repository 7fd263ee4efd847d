import keras
import numpy as np
import pytest

from atolye.models import multi_output


def test_loss_is_the_weighted_sum(tmp_path):
    keras.utils.set_random_seed(0)
    model = multi_output((4,), 2, 3)
    model.compile(
        "adam",
        loss={"main": "binary_crossentropy", "aux": "sparse_categorical_crossentropy"},
        loss_weights={"main": 1.0, "aux": 0.3},
        metrics={"main": ["accuracy"], "aux": ["accuracy"]},
    )
    rng = np.random.default_rng(0)
    x, main, aux = rng.normal(size=(20, 4)).astype("float32"), rng.integers(0, 2, 20), rng.integers(0, 3, 20)
    targets = {"main": main[:, None], "aux": aux}
    logs = model.evaluate(x, targets, verbose=0, return_dict=True, batch_size=20)
    p, q = model.predict(x, verbose=0)
    main_loss = -np.mean(np.log(np.where(main == 1, p[:, 0], 1 - p[:, 0])))
    aux_loss = -np.mean(np.log(q[np.arange(20), aux]))
    assert logs["loss"] == pytest.approx(main_loss + 0.3 * aux_loss, abs=1e-5)
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras", compile=False).output_names == ["main", "aux"]


def test_place_of_the_auxiliary_head():
    model = multi_output((4,), 5, 3, hidden_units=(8, 6, 4), aux_after=2, dropout=0.0)
    assert model.get_layer("aux").input.shape == (None, 6)
    assert model.get_layer("main").input.shape == (None, 4)
    assert [output.shape for output in model.outputs] == [(None, 5), (None, 3)]


def test_bad_arguments():
    for options, message in [
        ({"aux_after": 3}, "Received aux_after=3; expected 1 to 2 hidden layers"),
        ({"hidden_units": ()}, r"Received hidden_units=\(\); expected one or more"),
        ({"num_aux_classes": 1}, "Received num_classes=2, num_aux_classes=1; expected 2 or more of each"),
        ({"dropout": 1.0}, "Received dropout=1.0"),
    ]:
        with pytest.raises(ValueError, match=message):
            multi_output(**{"input_shape": (4,), "num_classes": 2, "num_aux_classes": 3} | options)
