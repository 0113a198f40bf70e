"""Keys as text: the same everywhere in files, and as each system writes them on the screen."""

from __future__ import annotations

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

_PORTABLE = QKeySequence.SequenceFormat.PortableText
_NATIVE = QKeySequence.SequenceFormat.NativeText
USUAL_KEYS = "usual_keys"
"""Property of an action: the keys that it has where nobody has changed them, in portable text."""
_NO_KEYS = {
    Qt.Key.Key_unknown, Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_ScrollLock,
    Qt.Key.Key_Super_L, Qt.Key.Key_Super_R, Qt.Key.Key_Hyper_L, Qt.Key.Key_Hyper_R,
}  # fmt: skip


def portable(key: str | QKeySequence) -> str:
    """Return one key as files have it; empty for what is none, or several."""
    sequence = QKeySequence.fromString(key, _PORTABLE) if isinstance(key, str) else key
    if sequence.count() != 1 or pressed(sequence).key() in _NO_KEYS:
        return ""
    return sequence.toString(_PORTABLE)


def native(key: str) -> str:
    """Return a portable key as this system writes it: Ctrl is a symbol on a Mac."""
    return QKeySequence.fromString(key, _PORTABLE).toString(_NATIVE)


def pressed(sequence: QKeySequence) -> QKeyCombination:
    """Return the first key of a sequence, with what is held down."""
    # Qt's stubs leave out what a sequence is asked for by number.
    first: QKeyCombination = sequence[0]  # type: ignore[index]
    return first
