"""Beside all six steps: people's contact details, notices (通知), SMS gateways, receipts and replies."""
