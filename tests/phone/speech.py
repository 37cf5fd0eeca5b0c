"""What generated callers say, press and leave unsaid, for the property tests of the line."""

from __future__ import annotations

PIECES = tuple(
    piece.strip()
    for piece in """oui|non|non merci|demain|mardi|mercredi prochain|à quinze heures|à six heures
    |du soir|le matin|hier|le trente février|le huit mai|dans dix minutes|des courses|chez le kiné
    |une promenade|tous les mardis|pendant deux heures|pendant neuf heures
    |12 rue de Rivoli|rue de l'église|le quinzième|douze bis|du faubourg saint-honoré|55
    |rue de Versailles à Boulogne|rue des martirs|de chez moi|je ne sais pas|répétez|l'adresse
    |le jour|le téléphone|zéro six douze trente-quatre cinquante-six soixante-dix-huit|euh
    |brouhaha|annuler|je voudrais annuler ma sortie|avez-vous trouvé quelqu'un|changer l'heure
    |je voudrais laisser un message|la prochaine|la suivante|merci c'est tout|les services
    |par SMS|la suite|pour ma mère|pour moi|Jeanne|je m'appelle Odette|je suis bénévole
    |je suis malade|je serai en retard|vingt minutes|moins vite|do you speak English
    |tomorrow at 3 pm|yes|en français|comme la dernière fois
    |avec mon déambulateur|quelqu'un|je voudrais parler à une personne|au secours|{instant}|<Say/>
    """.replace("\n", "").split("|")
)
KEYS = "0123456789*#"
