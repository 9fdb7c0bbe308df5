"""Figures, not verdicts: what the portal costs at national scale, as ratios against work measured in the same run."""
