"""The one error that a person is meant to read."""

from safe_files import one_line


class CKDError(ValueError):
    """Bad input: the message is one sentence that names the file or value and what to do."""

    def __str__(self) -> str:
        """Return the sentence on one line: names in it are anybody's, with any characters."""
        return one_line(super().__str__())
