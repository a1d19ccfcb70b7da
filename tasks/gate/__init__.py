"""The promotion gate: may a candidate take the champion's place?

`measure` makes the evidence about a model, `decide` makes the table of it. Everything is measured anew on the same
images, the champion too, and of the registered files: figures of other days and machines are not compared.
"""

from tasks.gate.check import Check, Decision
from tasks.gate.decide import decide
from tasks.gate.evidence import Evidence, Ground, Twin

__all__ = ["Check", "Decision", "Evidence", "Ground", "Twin", "decide"]
