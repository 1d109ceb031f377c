"""Teaching a subject: D_s and D_r, the losses of Eq. 7 and 8, a LoRA on W_k and W_v; resumable to the bit."""

from dreammix.training.files import kohya_tensors, lora_files
from dreammix.training.lesson import Example, Lesson
from dreammix.training.regular import Paint, Regular, Segment, Wanted, regular_pictures
from dreammix.training.supervision import Supervision
from dreammix.training.teaching import Learned, forget_lesson, teach
from dreammix.training.tokens import rare_token

__all__ = [
    "Example",
    "Learned",
    "Lesson",
    "Paint",
    "Regular",
    "Segment",
    "Supervision",
    "Wanted",
    "forget_lesson",
    "kohya_tensors",
    "lora_files",
    "rare_token",
    "regular_pictures",
    "teach",
]
