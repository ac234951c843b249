"""Forms as PDF. No Django here."""
