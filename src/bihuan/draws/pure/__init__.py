"""What a staffed draw is, without tables or clocks: its file, its lists, its record. No Django."""
