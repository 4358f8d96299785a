"""A certificate that a test makes for itself: for localhost and 127.0.0.1, trusted by nobody."""

import shutil
import subprocess
from pathlib import Path

import pytest


def certify(folder: Path) -> tuple[Path, Path]:
    """Put a new `cert.pem` and its `key.pem` into a folder; skip the test without openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    cert, key = folder / "cert.pem", folder / "key.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-keyout", key, "-out", cert, *names],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key
