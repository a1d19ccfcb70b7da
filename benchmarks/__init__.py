"""Speed and memory beside a bare loop in the same run: python -m benchmarks."""
