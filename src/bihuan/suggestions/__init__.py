"""What is suggested for a case after it was acknowledged, and what people made of it.

A batch job asks the pure methods of `bihuan.insight` and keeps one row per case and question, with confidence, reasons
and the model that said so. Answers are read from the case's own events, however they came about.
Nothing here changes a case: a person does, with the kernel's commands and under their own name.
No page, no city, no method of its own may live here.
"""
