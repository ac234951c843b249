"""Alarms by ObsPy's trigger with two thresholds: `{series: [[values]], high, clear}` → pairs of indices for each."""

import json
import sys

import numpy as np
from obspy.signal.trigger import trigger_onset

said = json.load(sys.stdin)
found = [trigger_onset(np.array(each, dtype=float), said["high"], said["clear"]) for each in said["series"]]
print(json.dumps([[[int(on), int(off)] for on, off in pairs] for pairs in found]))
