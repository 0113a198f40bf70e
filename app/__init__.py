"""CKD Studio: the desktop program."""


def version() -> str:
    """Return the version of the installed program."""
    from importlib.metadata import version as installed

    return installed("ckd-studio")
