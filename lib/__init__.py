"""Topic modules without models or domain words; the lowest layer."""
