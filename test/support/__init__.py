"""What wire and browser tests share: processes, raw bytes, JSON, pages, people."""
