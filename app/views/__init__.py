"""The widgets: frame panes, timeline, inspector, panels."""
