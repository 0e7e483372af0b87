import json

from mimetic.learn.curve import Curve, read_curve


def test_a_row_holds_the_means_of_its_steps_alone(tmp_path):
    curve = Curve()
    for value in (1.0, 3.0):
        curve.add({"loss": value})
    curve.close(2, {"rate": 0.1})
    curve.add({"loss": 5.0})
    curve.close(3, {"epe": 0.5})
    curve.write(tmp_path / "curve.csv")
    assert read_curve(tmp_path / "curve.csv") == [
        {"step": 2, "loss": 2, "rate": 0.1},
        {"step": 3, "loss": 5, "epe": 0.5},
    ]


def test_a_curve_put_away_between_two_rows_goes_on_as_if_it_had_not_been():
    curve, other = Curve(), Curve()
    for value in (0.1, 0.2, 0.3):
        curve.add({"loss": value})
        other.add({"loss": value})
        other = Curve.from_plain(json.loads(json.dumps(other.to_plain())))
    assert curve.close(3, {}) == other.close(3, {})
