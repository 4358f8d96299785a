"""The peers: servers of a few lines that send everything they get to everybody, in memory."""
