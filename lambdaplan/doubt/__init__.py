"""How sure an answer is: samples of uncertain numbers, chances, regret, and what to measure next."""
