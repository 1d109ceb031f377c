"""The benchmark: cases with right answers, metrics, comparisons, reports.

What can be measured is named here; `dreammix.evaluation.catalogue`, which loads torch, measures it.
"""

from dreammix.evaluation.names import EVALUATIONS, Evaluation

__all__ = ["EVALUATIONS", "Evaluation"]
