"""The peers: the same work, less the promises, in each tool's best manner; run as `python -m ... RAW OUT`."""
