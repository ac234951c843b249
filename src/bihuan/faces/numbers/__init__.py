"""Where figures are read: the cockpit, a number with the cases behind it, briefings, how suggestions did."""
