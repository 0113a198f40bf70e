"""What leaves the program: pictures, films, figures and tables."""
