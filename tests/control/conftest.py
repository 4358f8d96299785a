"""Let the assertions of the helpers say what they compared."""

import pytest

pytest.register_assert_rewrite("tests.control.place")
