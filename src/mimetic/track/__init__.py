"""From frames to landmarks to stabilised crops of one person."""
