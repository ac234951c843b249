"""Alarms: incidents as a pure function of the values of a line, whatever the order in which they arrived.

`judges` says of each value whether it speaks for opening, for closing or for neither, one class a kind of rule; `fold`
counts that into incidents with hysteresis. State is whole numbers and JSON, so a fold goes on from any checkpoint and
gives what a replay from the beginning gives. Here may not live: a database, a clock, what an incident means.
Source: DESIGN §14; docs/adr/0256.
"""
