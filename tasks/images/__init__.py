"""One image at a time: decode, clean, normalise, augment."""
