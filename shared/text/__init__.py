"""Text of log fields: what has to happen to it before it means anything."""

from shared.text.newlines import count_lines, runs_of_lines
from shared.text.percent import decode_user_agents, percent_decode
from shared.text.scan import positions_of
from shared.text.utf8 import is_utf8

__all__ = ["count_lines", "decode_user_agents", "is_utf8", "percent_decode", "positions_of", "runs_of_lines"]
