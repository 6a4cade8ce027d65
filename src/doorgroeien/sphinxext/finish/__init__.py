"""What becomes of a finished site: light files under a strict policy, and checks that all holds together."""

__all__ = ["assets", "elements", "sitecheck", "stylesheets"]
