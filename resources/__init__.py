"""Data that ships with CKD Studio: icons, styles, the demo sequence, the bundled weights."""
