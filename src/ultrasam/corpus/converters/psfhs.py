"""PSFHS: laid out and labelled as FH-PS-AOP is."""

from __future__ import annotations

from ultrasam.corpus.converters.fh_ps_aop import convert

__all__ = ["convert"]
