"""`python -m bench`: tornchat and its peers on the same work, in one run, with ratios.

It measures servers from outside, as processes, and imports nothing of tornchat. Reading order:
`contenders` (who is measured), `stage` (servers and generators side by side), `phases` (what is
measured), `results` and `stats` (the figures), `report` and `chart` (docs/performance.*).
"""
