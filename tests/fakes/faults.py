"""The ways a pretended platform can go wrong, by the same names on each of them."""

from __future__ import annotations

CUT_BEFORE = "cut_before"  # the connection ends before anything is done
CUT_AFTER = "cut_after"  # the request is carried out, then the connection ends
HANG_BEFORE = "hang_before"  # never done, never answered
HANG_AFTER = "hang_after"  # carried out, never answered
FAIL_BEFORE = "fail_before"  # a status, nothing done
FAIL_AFTER = "fail_after"  # carried out, then answered with a status
SLOW = "slow"  # carried out after a delay
THROTTLE = "throttle"  # 429
