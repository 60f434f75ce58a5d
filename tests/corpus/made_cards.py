"""Cards of data sets that there are not."""

from ultrasam.corpus.cards.card import Card, Class


def made_card(name, **more):
    """A card of a liver data set with one class ``mass``."""
    values = {
        "name": name,
        "title": f"Title of {name}",
        "anatomy": "liver",
        "kind": "2D",
        "application": "liver_lesions",
        "citation": f"Authors of {name}",
        "licence": "CC BY 4.0",
        "access": "open",
        "how_to_get": "",
        "layout": "",
        "is_layout_confirmed": True,
        "split": "none",
        "classes": (Class("mass", "255", "liver_lesion"),),
    }
    return Card(**{**values, **more})
