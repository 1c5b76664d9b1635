"""The nouns and rules: job, states, records, job types, context, backoff, errors, settings, log. Opens no socket."""
