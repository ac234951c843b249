"""What anybody sees without signing in: the portal, reporting, following a report, programmes, who is admitted.

Nothing here shows words of a report to anybody but its reporter.
"""
