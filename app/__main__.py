"""`python -m app` is `ckd-studio`."""

from app.cli import main

if __name__ == "__main__":
    main()
