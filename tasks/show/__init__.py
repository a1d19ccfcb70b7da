"""What people use of a finished run: CSV tables, subtitles, media with the faces drawn in."""
