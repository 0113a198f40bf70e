"""The one error that a person is meant to read."""


class CKDError(ValueError):
    """Bad input: the message is one sentence that names the file or value and what to do."""
