"""loglake: streaming logs (CloudFront, MediaPackage, Amplify, Pexip) as typed, deduplicated, partitioned Parquet."""
