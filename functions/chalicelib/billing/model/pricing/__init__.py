"""Prices as pure functions: exact (fractions inside), without clock, currency or contract.

Amounts are in whatever unit the prices are in, and stay unrounded; who makes an invoice line of one rounds it, once.
"""
