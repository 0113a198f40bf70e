"""Which running program a file beside a session belongs to; kept for locks and journals alike."""

from __future__ import annotations

from safe_files.owner import REMOTE_STALE_SECONDS, Owner, process_exists, process_start

__all__ = ["REMOTE_STALE_SECONDS", "Owner", "process_exists", "process_start"]
