"""`python -m bihuan.cli`: the same as `bihuan`, for processes that must use this very interpreter."""

from bihuan.cli.main import main

main()
