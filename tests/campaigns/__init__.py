"""Long campaigns against whole commands, from the repository's root: PYTHONPATH=tests python -m campaigns NAME."""
