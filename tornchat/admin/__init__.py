"""What those in charge do: verbs over rooms, tokens, bans, people and messages, for every way in.

Every change goes through the Office: may the actor, do it, write it down. Reading order: `actor`,
`verbs`, `office`, `audit`, then the sections (`rooms`, `tokens`, `bans`, …), whose methods are the
verbs, with `arguments` and `described` for what goes in and out. It knows nothing of HTTP or
sockets.
"""
