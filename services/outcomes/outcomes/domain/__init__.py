"""Decides about outcomes (成果), the tasks they are made of (任务), and the county's ledger of activities."""
