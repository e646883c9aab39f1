"""`python -m yishi`."""

from yishi.main import app

if __name__ == "__main__":
    app()
