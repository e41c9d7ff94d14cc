"""The Lambdas of the app, by name, with the module that AWS imports for each."""

from __future__ import annotations

from functools import cache


@cache
def lambdas() -> dict[str, str]:
    """Function name → handler string, as Chalice packages them."""
    from app import app

    found = {"api_handler": "app.app"}
    found |= {function.name: function.handler_string for function in app.pure_lambda_functions}
    found |= {function.name: function.handler_string for function in app.event_sources}
    found |= {function.name: function.handler_string for function in app.builtin_auth_handlers}
    found |= {function.name: function.handler_string for function in app.websocket_handlers.values()}
    return found
