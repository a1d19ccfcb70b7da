"""Run all benchmarks and print each figure as a ratio to its bare loop."""

from benchmarks import classify, prepare, score

print(f"{'what':<34} {'ours':>14} {'bare loop':>14} {'ratio':>7}")  # noqa: T201
for bench in (prepare, classify, score):
    for name, unit, ours, bare in bench.measure():
        print(f"{name:<34} {ours:>8,.0f} {unit:<5} {bare:>8,.0f} {unit:<5} {ours / bare:>6.2f}")  # noqa: T201
