"""Reports: every one is made from a run's stream of events, and from nothing else."""
