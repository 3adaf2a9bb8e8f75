"""Access logs of MediaPackage: v1 through CloudWatch Logs and Firehose, v2 as vended logs."""
