"""Kept numbers: equal to a whole count after whatever happens, in a world of their own."""
