"""Staffed draws: their lists, their record, what anybody may repeat."""
