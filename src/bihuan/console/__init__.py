"""What every command uses, on the ground so that each room may bring commands of its own.

output: how a command speaks and fails. bootstrap: what it does before it may touch the database.
No command may live here, and no rule of any room.
"""
