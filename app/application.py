"""The Qt program, under the name that other programs know."""

from app.window.application import create_application, run

__all__ = ["create_application", "run"]
