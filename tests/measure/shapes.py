"""Masks of known size: a pixel belongs to a shape if its centre does."""

import numpy as np


def ellipse(major, minor, angle_deg=0.0, centre_offset=(0.0, 0.0)):
    side = int(major) + 8
    centre = np.array([side / 2, side / 2]) + centre_offset
    x, y = pixel_centres(side, side) - centre[:, None, None]
    angle = np.deg2rad(angle_deg)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return (2 * along / major) ** 2 + (2 * across / minor) ** 2 <= 1


def disc(radius, centre_offset=(0.0, 0.0)):
    return ellipse(2 * radius, 2 * radius, centre_offset=centre_offset)


def rectangle(length, width, angle_deg=0.0):
    side = int(np.hypot(length, width)) + 8
    x, y = pixel_centres(side, side) - side / 2
    angle = np.deg2rad(angle_deg)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return (abs(along) <= length / 2) & (abs(across) <= width / 2)


def blobs(seed, size_hw=(60, 80), smoothness=3.0):
    """Several components with holes, some touching the border."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(seed).standard_normal(size_hw)
    return gaussian_filter(noise, smoothness, mode="wrap") > 0.02


def pixel_centres(height, width):
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y])
