"""What the market costs at several sizes: the matcher against the bare engine, the API against the matcher."""
