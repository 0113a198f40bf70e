"""The CKD network: patch embedding, attention, elimination, branches, head."""

from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.model.outputs import BlockTokens, CKDOutput, Elimination

__all__ = ["CKD", "BlockTokens", "CKDOutput", "Elimination"]
