"""Text of log fields: what has to happen to it before it means anything."""

from shared.text.newlines import count_lines, runs_of_lines
from shared.text.percent import decode_user_agents, percent_decode

__all__ = ["count_lines", "decode_user_agents", "percent_decode", "runs_of_lines"]
