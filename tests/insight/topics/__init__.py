"""Tests of topics: finding, facts, tracking and alarms."""
