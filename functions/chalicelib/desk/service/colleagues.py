"""What the people of the house are called: a page shows names, and ids are what we keep."""

from __future__ import annotations

from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import AgentId
from chalicelib.workforce.service import Workforce


class Colleagues:
    """Asked for once each: every offer that is pushed names its agent, and hardly anybody is ever called otherwise."""

    def __init__(self, workforce: Workforce) -> None:
        self._workforce = workforce
        self._known: dict[AgentId, str] = {}

    def __call__(self, agent: AgentId) -> str:
        if agent not in self._known:
            try:
                self._known[agent] = self._workforce.agent(agent).name
            except NotFound:  # he works here no more
                return agent
        return self._known[agent]
