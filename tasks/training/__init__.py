"""Training, part by part; `tasks.train` puts them together."""
