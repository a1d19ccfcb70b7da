"""Monitoring: what each run looked like, and whether the newest look like the first ones, or like the evaluation."""
