"""Giving a session away: one file for each form, and the table in `exports.table`."""
