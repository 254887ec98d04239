"""Matching real past loans, as the site would have matched them on the day, and counting how often it was right."""
