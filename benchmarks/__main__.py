"""Run all benchmarks and print each figure as a ratio to what stands beside it."""

from benchmarks import classify, feed, scale, score

print(f"{'what':<34} {'ours':>14} {'beside':>14} {'ratio':>7}")  # noqa: T201
for bench in (scale, classify, score, feed):
    for name, unit, ours, bare in bench.measure():
        print(f"{name:<34} {ours:>8,.0f} {unit:<5} {bare:>8,.0f} {unit:<5} {ours / bare:>6.2f}")  # noqa: T201
