"""Video, image folders, result folders and tables: everything that touches a disk."""
