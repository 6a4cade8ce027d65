"""What stands around the pages: other pages, downloads, search, comforts, how the site is found."""

__all__ = ["comforts", "discovery", "downloads", "dutch", "menu", "results_pages", "search", "standalone"]
