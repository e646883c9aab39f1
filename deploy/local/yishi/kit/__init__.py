"""`yishi contract check`: plays the county to a department's connector, good and bad, and holds it to the contract.

The connector runs as it would in service, against a NATS server on which no county is at work. Whatever it says is
answered, refused, answered twice, answered strangely or late; what it says, repeats and reads is noted and judged.
"""
