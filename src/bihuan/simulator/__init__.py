"""A district with known ground truth, for demos, tests and what-if.

Lives here: root causes, residents, units of differing diligence, texts, and the run that plays them through the kernel.
Pure NumPy and one seed up to `life`; only `store_house` touches the database, and only through intake and `append`.
May not live here: any way of changing a case that a page or the API does not have. No command bypasses `decide`.
The truth (who lied, what was really wrong) is kept beside the data, never inside it.
"""
