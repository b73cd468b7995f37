"""The report in the terminal: what nothing was tested on is not `ok`."""

from penstock.cli.output import State
from penstock.cli.report import show_report
from penstock.evaluation import Report
from penstock.evaluation.checks import BehaviourResult


def test_a_behaviour_without_a_text_is_shown_as_not_tested(capsys, monkeypatch):
    monkeypatch.setattr(State, "json", False)
    report = Report.of_scores([[0.9, 0.1]], ["a"], ["no"], ["no", "yes"])
    report.behaviour.append(BehaviourResult("idle", "invariance", True, 0.0, 0, 0, []))
    show_report(report)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "idle" in line]
    assert "not tested" in line
    assert "0 of 0" not in line
