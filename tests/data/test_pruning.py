"""Which examples an epoch leaves out: easy ones, by turns, never in the first and last epochs."""

import numpy as np
import pytest

from atolye.data import DataPruning

ALL = np.arange(10)


def seen(pruning: DataPruning, losses: np.ndarray, epoch: int = 0) -> None:
    order = np.random.default_rng(epoch).permutation(len(losses))
    chosen = pruning.choose(order, epoch)
    pruning.record(losses[chosen])


def test_half_of_the_easy_ones_are_left_out_by_turns():
    pruning = DataPruning(0.3, epochs=300, whole_at_start=1)
    losses = np.array([5, 0, 6, 1, 7, 2, 8, 3, 9, 4])  # the six easiest: 1, 3, 5, 7, 9 and 0
    seen(pruning, losses)
    counts = np.zeros(10, int)
    for epoch in range(1, 201):
        kept = pruning.choose(ALL, epoch)
        assert len(kept) == 7
        assert (np.diff(kept) > 0).all()  # in the order that was given
        counts[kept] += 1
    easy = [0, 1, 3, 5, 7, 9]
    assert (counts[[2, 4, 6, 8]] == 200).all()
    assert counts[easy].sum() == 3 * 200
    assert (np.abs(counts[easy] - 100) < 35).all()  # five standard deviations


def test_losses_are_those_of_the_last_time():
    pruning = DataPruning(0.5, epochs=9, whole_at_start=1)
    pruning.choose(np.array([3, 1, 0, 2]), 0)
    pruning.record(np.array([0.3, 0.1, 0.0]))  # example 2 came last, in a batch that was not full
    assert pruning.get_state()["arrays"]["losses"].tolist() == pytest.approx([0.0, 0.1, np.inf, 0.3])
    chosen = pruning.choose(np.arange(4), 1)
    assert len(chosen) == 2 and 2 in chosen  # what has not been seen is not left out
    pruning.record(np.full(2, 9.0))
    assert (pruning.get_state()["arrays"]["losses"][chosen] == 9).all()


def test_first_and_last_epochs_are_whole():
    pruning = DataPruning(0.3, epochs=5, whole_at_start=2, whole_at_end=1)
    assert [pruning.prunes(epoch) for epoch in range(5)] == [False, False, True, True, False]
    for epoch, count in enumerate([10, 10, 7, 7, 10]):
        assert len(pruning.choose(ALL, epoch)) == count
        pruning.record(np.arange(count))


def test_without_losses_nothing_is_left_out():
    assert pruning_of_nothing().choose(ALL, 3).tolist() == ALL.tolist()


def pruning_of_nothing() -> DataPruning:
    return DataPruning(0.3, epochs=9)


def test_goes_on_from_its_state():
    one, other = DataPruning(0.2, epochs=9, seed=3), DataPruning(0.2, epochs=9, seed=3)
    seen(one, np.arange(10.0))
    other.set_state(one.get_state())
    assert one.choose(ALL, 4).tolist() == other.choose(ALL, 4).tolist() != ALL.tolist()
    assert one.choose(ALL, 4).tolist() == one.choose(ALL, 4).tolist()  # by seed and epoch


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"share": 0}, "Received share=0; expected a share above 0 and at most 0.5, such as 0.3."),
        ({"share": 0.6}, "Received share=0.6; expected a share above 0 and at most 0.5, such as 0.3."),
        (
            {"whole_at_start": 0},
            "Received epochs=9, whole_at_start=0, whole_at_end=1; expected at least 1, 1 and 0. 2 whole epochs at the "
            "start and 1 at the end are usual.",
        ),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ValueError) as error:
        DataPruning(**{"share": 0.3, "epochs": 9} | options)
    assert str(error.value) == message


def test_refuses_losses_of_another_epoch():
    pruning = pruning_of_nothing()
    pruning.choose(ALL, 0)
    with pytest.raises(ValueError, match="Received 11 losses of an epoch of 10 examples; expected at most one each."):
        pruning.record(np.zeros(11))
