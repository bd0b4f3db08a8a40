"""Commands of files that people have: import, queries, backtest."""
