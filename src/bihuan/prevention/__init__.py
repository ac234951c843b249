"""未诉先办 on the engine: next week's hot spots become visits, by a draw that anybody can repeat.

proposing: candidates from the forecast, fixed and published before the public entropy is known.
drawing: who is visited and who waits, and the campaign whose cases the visits are.
results: what the visits found, and what that says about the places not visited.
Visits are ordinary cases of a declared programme; nothing here knows which.
"""
