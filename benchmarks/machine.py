"""What the computer is on which something was measured."""

from __future__ import annotations

import platform
from pathlib import Path


def processor() -> str:
    """Return what the processor is called, as far as the system says."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
