"""Forecasts, hot spots, and the preventive plan."""
