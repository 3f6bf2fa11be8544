"""What reports are made of: pages, tables, figures, claims."""
