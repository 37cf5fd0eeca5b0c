"""What a caller's French words mean: times, answers, purposes, needs and distress. Pure."""
