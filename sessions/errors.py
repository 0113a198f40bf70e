"""The errors of this package: one sentence for a person."""


class SessionError(ValueError):
    """A session cannot do what was asked: one sentence names the file or value and what to do."""


class SessionLockedError(SessionError):
    """Another running CKD Studio holds the session file."""
