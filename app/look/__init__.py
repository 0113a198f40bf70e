"""How the program looks: colours, theme, icons, numbers in words."""
