"""The words invented people are made of: any likeness to somebody living is chance."""

SENIOR_FIRST_NAMES = (
    "Jeanne", "Odette", "Simone", "Marcelle", "Yvonne", "Lucienne", "Monique", "Jacqueline",
    "Suzanne", "Denise", "Andrée", "Colette", "Ginette", "Huguette", "Paulette", "Thérèse",
    "Raymonde", "Josette", "Arlette", "Fatima", "Rosa", "Maria", "Aïcha", "Mireille", "Éliane",
    "Marcel", "André", "Roger", "Henri", "Georges", "Raymond", "Lucien", "René", "Maurice",
    "Gilbert", "Ahmed", "Manuel", "Joseph", "Antonio", "Robert",
)

VOLUNTEER_FIRST_NAMES = (
    "Léa", "Camille", "Chloé", "Inès", "Sarah", "Manon", "Anaïs", "Julie", "Claire", "Nora",
    "Aminata", "Yasmine", "Lina", "Hugo", "Lucas", "Thomas", "Karim", "Mehdi", "Antoine", "Paul",
    "Sami", "Mamadou", "Nathan", "Julien", "Nicolas", "Élise", "Pauline", "Margaux", "Rachid",
    "Clément", "Louise", "Adèle", "Samuel", "Fanta", "Bastien", "Mathilde",
)

RETIRED_FIRST_NAMES = (
    "Françoise", "Martine", "Catherine", "Sylvie", "Brigitte", "Chantal", "Dominique", "Nicole",
    "Annie", "Véronique", "Alain", "Patrick", "Michel", "Philippe", "Bernard", "Gérard", "Jean",
    "Christian", "Daniel", "Hélène", "Leïla", "Moussa",
)

LAST_NAMES = (
    "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Richard", "Petit", "Durand", "Leroy",
    "Moreau", "Simon", "Laurent", "Lefebvre", "Michel", "Garcia", "David", "Bertrand", "Roux",
    "Vincent", "Fournier", "Morel", "Girard", "Mercier", "Dupont", "Lambert", "Bonnet", "Martinez",
    "Legrand", "Garnier", "Faure", "Rousseau", "Blanc", "Guérin", "Muller", "Henry", "Roussel",
    "Perrin", "Morin", "Mathieu", "Clément", "Gauthier", "Lopez", "Fontaine", "Chevalier", "Robin",
    "Masson", "Sanchez", "Gérard", "Nguyen", "Boyer", "Denis", "Lemaire", "Duval", "Joly",
    "Gautier", "Roche", "Meunier", "Noël", "Meyer", "Lucas", "Dumont", "Diallo", "Benali",
    "Traoré", "Haddad", "Ferreira", "Da Silva", "Cohen", "Rossi", "Kowalski", "Chen", "Besson",
    "Renaud", "Picard", "Charpentier", "Vasseur", "Brun", "Carpentier", "Prévost", "Barbier",
)

ACCESS_NOTES = (
    "Code 24B7, troisième étage, porte droite. Ascenseur.",
    "Interphone au nom. Deuxième étage, sans ascenseur.",
    "Rez-de-chaussée sur cour, frapper fort.",
    "Code 1958A, cinquième étage, ascenseur au fond du couloir.",
    "Gardienne au rez-de-chaussée : elle ouvre jusqu'à 19 heures.",
    "Quatrième étage gauche. La personne descend si on sonne deux fois.",
)
