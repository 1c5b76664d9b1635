"""Who may call: keys, tokens, the scheduler, rate limits."""
