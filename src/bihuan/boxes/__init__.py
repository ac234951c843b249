"""Boxes 密封箱: what people put in stays sealed until an opening time; receipts at once; anybody recounts afterwards.

Lives here: the declared file (`PROGRAMME/boxes/NAME.yaml`), putting in, opening, the record from which anybody repeats
the count. Not here: what is counted and how (`methods`), whose vote it is (`subjects`), what it is about (a programme).
Source: docs/topics/boxes.md; docs/adr/0389-boxes.md; DESIGN §14 ("sealed until an opening time").
"""
