"""Kinds of panels, one file each; a file here is all that a new kind needs."""
