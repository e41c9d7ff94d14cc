"""Telephone calls by Amazon Connect: what our flows ask, and what Connect says happened."""
