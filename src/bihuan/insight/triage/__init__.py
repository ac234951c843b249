"""Triage: which category a report belongs to, how sure that is, how urgent it is, and who finally takes such reports.

`train_triage` makes a `Model` from labelled texts, `Model.load` opens one, `cold_start` needs none; all answer
`predict(texts)` with `TriageAnswer`s: category, calibrated confidence, top three, the words that speak for it, urgency.
Below the threshold nothing is decided: a person decides, and the correction trains the next model.
No routing here: that is category × place × duty matrix at its date; `duty.prior` only suggests beside it.
"""

from bihuan.insight.triage.coldstart import ColdStart, cold_start
from bihuan.insight.triage.model import Model
from bihuan.insight.triage.suggestion import Triage, TriageAnswer
from bihuan.insight.triage.training import train_triage
from bihuan.insight.triage.urgency import Urgency, urgency

__all__ = ["ColdStart", "Model", "Triage", "TriageAnswer", "Urgency", "cold_start", "train_triage", "urgency"]
