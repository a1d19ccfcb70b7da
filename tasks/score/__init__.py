"""Label an archive: arrange units, score one, keep its part, put the parts together, check the totals."""
