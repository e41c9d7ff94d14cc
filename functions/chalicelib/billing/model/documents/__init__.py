"""An invoice in the forms in which it leaves the house. All of them read the canonical JSON, and compute no price.

`reading` knows the shape of that JSON, `paper` lays it out for print, `csv` and `ubl` write it for other programs.
"""
