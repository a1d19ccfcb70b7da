"""The page of `fermata monitor`."""
