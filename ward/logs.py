"""Logs: structured lines for operators, without names, numbers or values of patients."""

import logging
import sys

import structlog

from ward.config import Env, Settings


def configure(choice: Settings | None = None) -> None:
    """Write readable lines in a demo, JSON in production; no values of a failing function."""
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if choice and choice.env is Env.PRODUCTION
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
