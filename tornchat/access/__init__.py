"""Who may do what, under which name and how often: pure rules with the clock injected.

It knows nothing of sockets, rooms that are live, or the database.
"""
