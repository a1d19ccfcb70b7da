"""Preparing a data set: chunks are staged one by one, all of them are decided about at once, shards are built."""
