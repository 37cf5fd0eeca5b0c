"""A small directory: twenty-five invented places, each marked as an example."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from api.demo.people import Town, demo_id, pick
from matcher.store.tables import PlaceRow

_PLACES = (
    (
        "Club des Tilleuls",
        "club",
        "Jeux de cartes, chorale et goûter du jeudi.",
        "Mo-Fr 14:00-18:00; PH off",
    ),
    ("Le Café des Liens", "rencontre", "On y boit un café et on y parle.", "Mo-Sa 10:00-17:00"),
    (
        "Gym douce du matin",
        "sport",
        "Une heure de mouvement, assis ou debout.",
        "Mo,We,Fr 09:30-11:00; PH off",
    ),
    ("Atelier Équilibre", "sport", "Apprendre à marcher sans crainte.", "Tu 14:00-15:30; PH off"),
    (
        "La Table commune",
        "repas",
        "Déjeuner à prix doux, chaque jour ouvré.",
        "Mo-Fr 12:00-14:00; PH off",
    ),
    ("Portage du quartier", "repas", "Des repas chauds portés à domicile.", "Mo-Sa 08:00-12:00"),
    (
        "Point d'accès aux droits",
        "droits",
        "Aide pour les papiers et les recours.",
        "Mo-Fr 09:00-17:00; PH off",
    ),
    (
        "L'Écrivain public",
        "droits",
        "Lire et écrire un courrier, ensemble.",
        "Mo,Th 14:00-17:00; PH off",
    ),
    (
        "Café numérique",
        "numérique",
        "Tablette, téléphone et internet, pas à pas.",
        "We 14:00-16:30; PH off",
    ),
    (
        "Bibliothèque à voix haute",
        "culture",
        "Lectures pour ceux qui voient mal.",
        "Sa 15:00-16:30",
    ),
    ("Ciné-matinée", "culture", "Un film, avec sous-titres, puis un échange.", "Tu 10:00-12:30"),
    ("Musée en petit groupe", "culture", "Une visite lente, avec des chaises.", "Fr 14:30-16:30"),
    ("La Petite Mercerie", "loisirs", "Tricot et couture en compagnie.", "Mo 14:00-17:00; PH off"),
    ("Le Jardin partagé", "loisirs", "Planter, arroser, s'asseoir.", "Mo-Su 10:00-16:00"),
    ("La Chorale du dimanche", "loisirs", "Chanter ensemble, sans audition.", "Su 16:00-18:00"),
    (
        "Relais des aidants",
        "soutien",
        "Souffler quand on aide un proche.",
        "Mo-Fr 09:00-18:00; PH off",
    ),
    ("La Ligne amie", "soutien", "Une voix au téléphone, chaque semaine.", "Mo-Su 10:00-19:00"),
    ("Mémoire vive", "santé", "Exercices de mémoire en petit groupe.", "Th 10:00-11:30; PH off"),
    ("Centre d'audition", "santé", "Un premier avis, sans rendez-vous.", "We 09:00-12:00; PH off"),
    ("Point santé", "santé", "Tension, vaccins et conseils.", "Mo-Fr 09:00-12:00; PH off"),
    ("Le Bus des courses", "transport", "Un minibus vers le marché.", "Tu,Sa 09:00-12:00"),
    (
        "Fauteuils en prêt",
        "transport",
        "Prêt de fauteuils et de cannes.",
        "Mo-Fr 14:00-17:00; PH off",
    ),
    (
        "Petits Travaux",
        "maison",
        "Changer une ampoule, fixer une barre.",
        "Mo-Fr 08:30-17:00; PH off",
    ),
    ("Voisins de palier", "rencontre", "Des voisins qui passent dire bonjour.", ""),
    ("Le Banc public", "rencontre", "Chaque jour à 15 h, au même banc.", "Mo-Su 15:00-16:00"),
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
