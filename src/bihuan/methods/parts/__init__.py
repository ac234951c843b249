"""What several methods share: pure functions over arrays, each with its source."""
