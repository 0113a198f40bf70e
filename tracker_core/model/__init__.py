"""The CKD network: patch embedding, attention, elimination, branches, head."""
