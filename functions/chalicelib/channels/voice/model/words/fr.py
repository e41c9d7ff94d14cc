"""French."""

from __future__ import annotations

from collections.abc import Mapping

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
WORDS: Mapping[str, str] = {
    "comfort": "Merci de patienter pour {name}. Vous gardez votre place dans la file.",
    "connecting": "Nous vous mettons en relation.",
    "onHold": "Veuillez rester en ligne.",
    "goodbye": "Merci d'avoir appelé {name}. Au revoir.",
    "next": "Vous êtes le prochain appel.",
    "place": "Vous êtes en position {n} dans la file.",
    "soon": "L'attente est de moins d'une minute.",
    "minutes": "L'attente est d'environ {n} minutes.",
    "full": "Toutes nos lignes sont occupées pour le moment. Merci de rappeler plus tard.",
    "busy": "Toutes nos lignes sont occupées pour le moment.",
    "callback_offer": "Si vous préférez être rappelé, appuyez sur la touche 1 : vous gardez votre place. "
    "Sinon, restez simplement en ligne.",
    "callback_confirm": "Nous pouvons vous rappeler au {number}. Si c'est exact, appuyez sur la touche 1. Pour "
    "un autre numéro, appuyez sur la touche 2.",
    "callback_keys": "Veuillez composer le numéro, puis appuyez sur la touche dièse.",
    "callback_wrong": "Nous ne pouvons pas appeler ce numéro.",
    "callback_done": "Merci. Vous gardez votre place et nous vous rappellerons au {number}. Au revoir.",
    "callback_kept": "Vous gardez votre place dans la file.",
    "callback_instead": "Un conseiller est libre : nous vous mettons en relation maintenant, au lieu de vous "
    "rappeler plus tard.",
    "callback_time": "Pour être appelé à l'heure de votre choix, appuyez sur la touche 3.",
    "callback_time_keys": "À quelle heure devons-nous vous appeler ? Veuillez composer quatre chiffres, les "
    "heures puis les minutes, puis appuyez sur la touche dièse. Pour quatorze heures trente, composez 1 4 3 0.",
    "callback_time_wrong": "Ce n'est pas une heure.",
    "callback_time_hours": "Nous n'appelons pas à cette heure-là. Nous appelons {day} {hours}.",
    "callback_time_span": "entre {opens} et {closes}",
    "callback_time_passed": "Cette heure est déjà passée.",
    "callback_time_confirm": "Nous vous appellerons {day} à {time} au {number}. Si c'est exact, appuyez sur la "
    "touche 1. Pour une autre heure, appuyez sur la touche 2.",
    "callback_time_done": "Merci. Nous vous appellerons {day} à {time}. Au revoir.",
    "today": "aujourd'hui",
    "tomorrow": "demain",
    "on_day": "{day}",
    "unknown_key": "Cette touche ne correspond à aucun choix.",
    "consent": "Acceptez-vous que cet appel soit enregistré pour nous aider à progresser ? Pour oui, "
    "appuyez sur la touche 1. Pour non, sur la touche 2.",
    "recorded": "Cet appel est enregistré.",
    "voicemail": "Veuillez laisser votre message maintenant, avec votre nom et votre numéro. Pour "
    "terminer, appuyez sur la touche dièse ou raccrochez.",
    "left": "Merci pour votre message. Nous reviendrons vers vous. Au revoir.",
    "back": "Pour revenir au menu, appuyez sur étoile. Merci de votre appel.",
    "stay": "Pour revenir au menu, appuyez sur étoile. Pour parler à quelqu'un, restez en ligne.",
    "faq_key": "{question} Appuyez sur la touche {key}.",
    "order_keys": "Veuillez composer votre numéro de commande, puis appuyez sur la touche dièse.",
    "order_unknown": "Nous ne trouvons pas cette commande.",
    "order_failed": "Nous ne pouvons pas consulter votre commande pour le moment.",
    "account_keys": "Veuillez composer votre numéro de client, puis appuyez sur la touche dièse.",
    "account_unknown": "Nous ne trouvons pas ce numéro de client.",
    "account_failed": "Nous ne pouvons pas consulter votre compte pour le moment.",
    "survey": "Une question avant de nous quitter : êtes-vous satisfait de cet appel ? Appuyez sur une "
    "touche de 1, pas du tout, à 5, tout à fait.",
    "thanks": "Merci beaucoup. Au revoir.",
    "asking": "Nous demandons à {who}.",
    "asking_team": "Nous demandons au premier collègue libre.",
    "transfer_failed": "Cet appel n'a pas pu être transféré. Vous allez retrouver votre correspondant.",
    "outside_failed": "Personne n'a répondu. Vous allez retrouver votre correspondant.",
    "outside_alone": "Personne n'a répondu là-bas. Nous vous mettons en relation avec le premier conseiller libre.",
    "page": "Ceci est un message urgent pour {client}. {message}",
    "page_keys": "Pour le prendre, appuyez sur la touche 1. Pour l'écouter de nouveau, sur la touche 2. Pour le "
    "passer, sur la touche 3.",
    "page_taken": "Merci, {who}. Il est à vous. Au revoir.",
    "page_theirs": "{who} l'a déjà pris. Merci et au revoir.",
    "page_over": "Ce message n'a plus besoin de personne. Merci et au revoir.",
    "page_passed": "Merci. Nous appelons quelqu'un d'autre. Au revoir.",
    "page_silent": "Nous n'avons entendu aucune touche et appelons quelqu'un d'autre. Au revoir.",
    "open_always": "Nous sommes là tous les jours, à toute heure.",
    "open_today": "Nous sommes ouverts aujourd'hui jusqu'à {time}.",
    "open_until": "Nous sommes ouverts jusqu'à {day}, {time}.",
    "closed_today": "Nous sommes fermés en ce moment et rouvrons aujourd'hui à {time}.",
    "closed_tomorrow": "Nous sommes fermés en ce moment et rouvrons demain à {time}.",
    "closed_on": "Nous sommes fermés en ce moment et rouvrons {day} à {time}.",
    "closed_long": "Nous sommes fermés en ce moment.",
    "holiday": "Aujourd'hui, c'est {name}.",
}
