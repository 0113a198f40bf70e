"""What a person is told about an exception, whatever it is."""

from __future__ import annotations

from app.state.error_log import report_words, write_details
from sessions import SessionError
from tracker_core import short_of_memory
from tracker_core.errors import CKDError
from tracker_core.trackers.guard import TrackerFailure


def failure_message(error: BaseException, failed: str) -> str:
    """Return what happened and what to do; details of what is no mere bad input go to the log.

    `failed` says what could not be done, as the beginning of a sentence: "Frame 7 could not be
    shown". Never raises: it is called where memory may be short, and by those who must go on.
    """
    try:
        if isinstance(error, TrackerFailure):
            # Its sentence is for who tracks; who wrote the tracker needs to see where it failed.
            write_details(error)
        if isinstance(error, CKDError | SessionError):
            return str(error)
        return f"{failed}: {_reason(error)}"
    except BaseException:  # noqa: BLE001 - even words take memory, and any error may lack them
        return f"{failed}, and not even why can be said; close other programs and try again."


def _reason(error: BaseException) -> str:
    log_path = write_details(error)
    if short_of_memory.on_graphics_card(error):
        return "the graphics card has not enough memory; choose the device cpu or a smaller model."
    if short_of_memory.in_computer(error):
        return "there is not enough memory; close other programs, or use a smaller model."
    # An OSError made from a text alone has neither number nor reason.
    if isinstance(error, OSError) and error.strerror:
        where = "" if error.filename is None else f"{error.filename}: "
        return f"{where}{error.strerror}; check that the file and its disk can be used."
    kind = type(error).__name__
    return (
        f"something unexpected went wrong ({kind}); what you did is still here. "
        f"Save your work, and {report_words(log_path)}"
    )
