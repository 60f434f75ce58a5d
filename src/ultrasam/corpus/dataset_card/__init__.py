"""A dataset card in the Hugging Face hub's form."""

from ultrasam.corpus.dataset_card.card import dataset_card, write_dataset_card

__all__ = ["dataset_card", "write_dataset_card"]
