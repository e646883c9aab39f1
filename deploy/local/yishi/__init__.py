"""The whole county on one machine, and the operator's tools."""
