"""The tracking exam: our tracker beside its peers on clips that nothing was trained on."""
