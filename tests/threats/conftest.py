"""Let the assertions of the cases say what they compared."""

import pytest

for name in (
    "http", "websocket", "sessions", "refused", "messages", "floods", "text",
    "tokens", "holders", "pages", "crowds", "moderation",
):  # fmt: skip
    pytest.register_assert_rewrite(f"tests.threats.cases_{name}")
pytest.register_assert_rewrite("tests.threats.scene")
