"""Preferences, under the name that other programs know."""

from app.state.settings import Settings, SettingsStore, default_settings_path

__all__ = ["Settings", "SettingsStore", "default_settings_path"]
