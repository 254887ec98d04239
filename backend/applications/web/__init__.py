"""The pages of applications: applying and choosing, lists of cases, and the case itself."""
