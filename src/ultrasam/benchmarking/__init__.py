"""What each backend and precision costs on this machine, and how equal its answers are.

Nothing is imported here: the processes that measure set how memory is kept before they import torch.
"""
