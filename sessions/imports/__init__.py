"""Taking boxes from elsewhere into a session: the forms stand in `imports.table`."""
