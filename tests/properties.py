"""How many examples a property is tried with: 300, or TORNCHAT_EXAMPLES."""

import os

from hypothesis import HealthCheck, settings

thorough = settings(
    max_examples=int(os.environ.get("TORNCHAT_EXAMPLES", "300")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""A decorator for tests of properties; machines differ too much for a deadline."""
