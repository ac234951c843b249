"""Certificates 证书: signed statements that whoever holds them shows in part and anybody verifies without asking us.

Lives here: what a certificate's file says, issuing and ending on an event or by an officer, keys, status lists, what is
published of them. What a token is, is pure and stands in `methods/parts/selective.py`.
May not live here: a programme's name, a claim in a statement or a log line. Source: DESIGN §14; docs/adr/0332.
"""
