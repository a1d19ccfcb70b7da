"""From a label back: model version, MLflow run, DVC's version of the data, shards, source images.

`asked` reads what is asked about, `labels` the rows of a scored folder, `sources` the images behind the shards.
"""
