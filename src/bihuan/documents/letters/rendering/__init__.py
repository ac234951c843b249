"""One composed sheet as HTML, DOCX and PDF, the same bytes each time."""
