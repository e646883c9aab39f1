"""Steps 5 and 6: agreements become tasks of departments (成果), which are followed to their end (跟踪)."""
