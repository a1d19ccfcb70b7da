"""What is known of faces as numbers: a network's embeddings and the geometry of landmarks."""
