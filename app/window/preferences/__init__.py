"""Every setting as one row of one table, and the dialog that is made of it."""
