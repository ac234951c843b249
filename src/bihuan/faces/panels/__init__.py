"""Pages that a programme declares: `PROGRAMME/views/NAME.yaml`, made of panels of a closed catalogue.

Lives here: the declaration (`declared`), the catalogue of files (`catalogue`), the page (`page`), one file for each
kind of panel (`kinds/`). May not live here: a programme's name, SQL over cases, anything that counts cases.
Source: DESIGN §14 (`views/`: its page as declared panels); docs/topics/views.md.
"""
