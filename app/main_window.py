"""The window, under the name that other programs know."""

from app.window.main_window import MainWindow

__all__ = ["MainWindow"]
