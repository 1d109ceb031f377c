"""What is minimised: Eq. 7, over squared errors of whatever the network predicts."""

from __future__ import annotations

from torch import Tensor

from dreammix.protocol import TeachSettings


def reweighted(errors: Tensor, masks: Tensor, settings: TeachSettings) -> Tensor:
    """L_RE of Eq. 7 for each example, (N,), averaged over its channels and cells.

    Args:
        errors: (N, C, h, w), squared.
        masks: m, (N, 1, h, w) of 0 and 1.
        settings: tau1 and tau2, linear as in the paper or squared as in the authors' code; 1 and 1 make it
            Eq. 1, the plain loss.
    """
    tau1, tau2 = settings.inside, settings.outside
    if settings.squared:
        tau1, tau2 = tau1**2, tau2**2
    return (tau1 * masks * errors + tau2 * (1 - masks) * errors).mean((1, 2, 3))
