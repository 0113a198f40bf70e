"""The layouts of RGBT sequences on disk: one file for each, and the table in `layouts.table`."""
