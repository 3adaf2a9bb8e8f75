"""The questions that are shipped: one file of Athena's SQL each, which Athena and `loglake ask` answer alike."""

from shared.query.questions.catalogue import all_questions, question_named
from shared.query.questions.hours import HourRange
from shared.query.questions.question import Parameter, Question

__all__ = ["HourRange", "Parameter", "Question", "all_questions", "question_named"]
