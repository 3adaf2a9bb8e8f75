"""Logs of CloudFront: standard logs v1 and v2."""
