"""The pure part of handovers: both sides in, what is matched, open, wrong and systematic out. No Django."""
