"""The live rooms: who is connected, who is where, and how a committed entry reaches everybody.

Reading order: `hub` (all rooms), `room` (one of them), `fanout` (order and slices), `replay`
(what a newcomer gets), `presence`, `client` (one participant) and `commands` (what it may ask).
Who may do what: `door` (tokens become identities), `rights` (the one question), `keyring` and
`bans`; `tornchat.admin` changes it, and `changes` brings that to those who are connected.
Knows nothing of HTTP, SockJS or SQL.
"""
