"""Exact queueing formulas: `loss` (Erlang B), `delay` (Erlang C), `patience` (Erlang A), `rules` (of thumb).

Own code on the standard library: it runs in a Lambda, and the kept library that was tried does not pass the published
figures (pyworkforce 0.5.1 has Erlang C alone, and answers a probability of 12.5 where 1,000 Erlang meet 900 agents).
Loads are in Erlang (mean contacts at work), times in seconds, parts from 0 to 1.
"""
