"""Steps 1 and 2: issues come in (征集), and topics are decided on (定题)."""
