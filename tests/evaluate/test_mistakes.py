import pandas as pd

from atolye.evaluate import largest_errors, least_confident_hits, most_confident_mistakes


def test_surest_first_ties_by_id_and_right_answers_left_out() -> None:
    frame = pd.DataFrame(
        {
            "id": ["d", "c", "b", "a"],
            "target": [0, 0, 1, 1],
            "prediction": [1, 1, 0, 1],
            "confidence": [0.9, 0.9, 0.95, 0.99],
        }
    )
    assert most_confident_mistakes(frame)["id"].tolist() == ["b", "c", "d"]
    assert most_confident_mistakes(frame, 1)["id"].tolist() == ["b"]


def test_least_sure_first_and_mistakes_left_out() -> None:
    frame = pd.DataFrame({"id": list("dcba"), "target": [0, 0, 1, 1], "prediction": [0, 0, 0, 1]})
    frame["confidence"] = [0.6, 0.6, 0.3, 0.5]
    assert least_confident_hits(frame)["id"].tolist() == ["a", "c", "d"]
    assert least_confident_hits(frame, 1).index.tolist() == [3]


def test_largest_errors_keep_their_sign() -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "target": [1.0, 2.0, 3.0], "prediction": [1.1, 0.0, 4.0]})
    result = largest_errors(frame, 2)
    assert result["id"].tolist() == ["b", "c"]
    assert result["error"].tolist() == [-2.0, 1.0]
    assert "size" not in result
