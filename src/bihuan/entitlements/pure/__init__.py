"""The pure core: declarations, questions, stacking. No Django, no clock."""
