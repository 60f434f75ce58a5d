"""Cards with what fetching reads."""

from ultrasam.corpus.cards.card import Card


def card(*downloads, **facts):
    return Card(
        **{
            "name": "SET",
            "title": "A set",
            "anatomy": "liver",
            "kind": "2D",
            "application": "abdominal",
            "citation": "Doe et al. 2020",
            "licence": "CC BY 4.0",
            "access": "open",
            "how_to_get": "Press Download.",
            "layout": "SET/\n├── images/\n└── masks/\n",
            "is_layout_confirmed": True,
            "split": "none",
            "classes": (),
            "downloads": downloads,
            **facts,
        }
    )
