"""The one error that a person is meant to read."""

from safe_files import one_line


class CKDError(ValueError):
    """Bad input: the message is one sentence that names the file or value and what to do."""

    def __str__(self) -> str:
        """Return the sentence on one line: names in it are anybody's, with any characters."""
        return one_line(super().__str__())


class UntrainedError(CKDError):
    """Weights that were not trained to track; a person may still wish to track with them."""

    # Both as they are: pickled, an exception is made again of what it was made of.
    def __init__(self, name: str, why: str) -> None:
        """Take what a person calls the weights, and why their boxes mean nothing."""
        super().__init__(name, why)
        self.name, self.why = name, why

    def __str__(self) -> str:
        """Return the sentence, with whatever a file says of itself on one line."""
        return one_line(f"{self.name} is not trained to track: {self.why}; train it first.")
