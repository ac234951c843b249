"""On-time rates of every programme, in a world of their own: the package-wide one of the indicators stays out."""
