"""Refine raw MediaPackage access logs (v1, v2, VOD; egress and ingress) into hourly Parquet.

Arguments   --raw_uri --lake_uri  [--catalog --since --batch_bytes --batch_objects --config --viewer_key]
Try it      spark-submit glue_jobs/refine_mediapackage.py --raw_uri demo/raw --lake_uri demo/lake
            (plain `python glue_jobs/refine_mediapackage.py ...` does the same)
Exit code   0 done; 1 failed; 2 wrong call; 3 another run holds the tables
Cost        see "Measured" in README.md
"""

import sys

from shared.engine.job import run_job
from shared.sources.mediapackage import SOURCE

if __name__ == "__main__" and (code := run_job("refine_mediapackage", SOURCE, sys.argv[1:])):
    raise SystemExit(code)
