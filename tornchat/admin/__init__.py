"""What those in charge do: verbs over rooms, tokens, bans, people and messages, for every way in.

Reading order: `administration`, `described`, `arguments`. It knows nothing of HTTP or sockets.
"""
