"""Steps 3 and 4: topics are researched (调研), and deliberated in as many meetings as they need (协商)."""
