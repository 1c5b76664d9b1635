"""What Tickwork costs to run: `python -m infra.cost` writes docs/COST.md from what was measured and from prices."""
