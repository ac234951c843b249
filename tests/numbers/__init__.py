"""Indicators: what is counted, by whom it is declared, closed and kept. Each folder has a world of its own."""
