"""A small directory: twenty-five invented places, each marked as an example."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from api.demo.people import Town, demo_id, pick
from matcher.store.tables import PlaceRow

_PLACES = (
    ("Club des Tilleuls", "club", "Jeux de cartes, chorale et goûter du jeudi.", "14 h - 18 h"),
    ("Le Café des Liens", "rencontre", "On y boit un café et on y parle.", "10 h - 17 h"),
    ("Gym douce du matin", "sport", "Une heure de mouvement, assis ou debout.", "9 h 30 - 11 h"),
    ("Atelier Équilibre", "sport", "Apprendre à marcher sans crainte.", "mardi 14 h"),
    ("La Table commune", "repas", "Déjeuner à prix doux, chaque jour ouvré.", "12 h - 14 h"),
    ("Portage du quartier", "repas", "Des repas chauds portés à domicile.", "8 h - 12 h"),
    ("Point d'accès aux droits", "droits", "Aide pour les papiers et les recours.", "9 h - 17 h"),
    ("L'Écrivain public", "droits", "Lire et écrire un courrier, ensemble.", "lundi et jeudi"),
    ("Café numérique", "numérique", "Tablette, téléphone et internet, pas à pas.", "mercredi 14 h"),
    ("Bibliothèque à voix haute", "culture", "Lectures pour ceux qui voient mal.", "samedi 15 h"),
    ("Ciné-matinée", "culture", "Un film, avec sous-titres, puis un échange.", "mardi 10 h"),
    ("Musée en petit groupe", "culture", "Une visite lente, avec des chaises.", "vendredi 14 h 30"),
    ("La Petite Mercerie", "loisirs", "Tricot et couture en compagnie.", "lundi 14 h"),
    ("Le Jardin partagé", "loisirs", "Planter, arroser, s'asseoir.", "10 h - 16 h"),
    ("La Chorale du dimanche", "loisirs", "Chanter ensemble, sans audition.", "dimanche 16 h"),
    ("Relais des aidants", "soutien", "Souffler quand on aide un proche.", "9 h - 18 h"),
    ("La Ligne amie", "soutien", "Une voix au téléphone, chaque semaine.", "10 h - 19 h"),
    ("Mémoire vive", "santé", "Exercices de mémoire en petit groupe.", "jeudi 10 h"),
    ("Centre d'audition", "santé", "Un premier avis, sans rendez-vous.", "mercredi 9 h"),
    ("Point santé", "santé", "Tension, vaccins et conseils.", "9 h - 12 h"),
    ("Le Bus des courses", "transport", "Un minibus vers le marché.", "mardi et samedi"),
    ("Fauteuils en prêt", "transport", "Prêt de fauteuils et de cannes.", "14 h - 17 h"),
    ("Petits Travaux", "maison", "Changer une ampoule, fixer une barre.", "8 h 30 - 17 h"),
    ("Voisins de palier", "rencontre", "Des voisins qui passent dire bonjour.", "toute la semaine"),
    ("Le Banc public", "rencontre", "Chaque jour à 15 h, au même banc.", "15 h"),
)


def make_places(rng: np.random.Generator, town: Town, now: datetime) -> list[PlaceRow]:
    """The places, spread over the zones."""
    zones = list(town.doors)
    return [
        _place(rng, town, zones[number * 7 % len(zones)], number, now)
        for number in range(len(_PLACES))
    ]


def _place(rng: np.random.Generator, town: Town, zone: str, number: int, now: datetime) -> PlaceRow:
    name, category, description, hours = _PLACES[number]
    address = pick(rng, town.doors[zone])
    return PlaceRow(
        id=demo_id("place", number),
        source_ref=f"exemple-{number + 1:02d}",
        name=f"{name} (exemple)",
        category=category,
        description=description,
        address=address.label,
        lat=address.point.lat,
        lon=address.point.lon,
        zone_code=zone,
        phone=f"+3319900{9000 + number}",
        hours=hours,
        step_free=bool(rng.random() < 0.7),
        verified_on=now.date() - timedelta(days=int(rng.integers(5, 120))),
    )
