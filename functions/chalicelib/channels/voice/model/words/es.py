"""Spanish."""

from __future__ import annotations

from collections.abc import Mapping

DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
WORDS: Mapping[str, str] = {
    "comfort": "Gracias por esperar a {name}. Mantiene su lugar en la cola.",
    "connecting": "Le estamos comunicando.",
    "onHold": "Por favor, no cuelgue.",
    "goodbye": "Gracias por llamar a {name}. Adiós.",
    "next": "La siguiente llamada es la suya.",
    "place": "Usted es el número {n} de la cola.",
    "soon": "Le atenderemos en menos de un minuto.",
    "minutes": "La espera es de unos {n} minutos.",
    "full": "En este momento todas nuestras líneas están ocupadas. Por favor, llame más tarde.",
    "busy": "En este momento todas nuestras líneas están ocupadas.",
    "callback_offer": "Si prefiere que le llamemos nosotros, pulse 1: mantiene su lugar en la cola. Si no, "
    "siga a la espera.",
    "callback_confirm": "Podemos llamarle al {number}. Si es correcto, pulse 1. Para otro número, pulse 2.",
    "callback_keys": "Por favor, marque el número y después pulse la tecla almohadilla.",
    "callback_wrong": "No podemos llamar a ese número.",
    "callback_done": "Gracias. Mantiene su lugar y le llamaremos al {number}. Adiós.",
    "callback_kept": "Mantiene su lugar en la cola.",
    "consent": "¿Nos permite grabar esta llamada para aprender de ella? Para sí, pulse 1. Para no, pulse 2.",
    "recorded": "Esta llamada se graba.",
    "voicemail": "Por favor, deje ahora su mensaje, con su nombre y su número. Al terminar, pulse la "
    "tecla almohadilla o cuelgue.",
    "left": "Gracias por su mensaje. Nos pondremos en contacto con usted. Adiós.",
    "back": "Para volver al menú, pulse asterisco. Gracias por su llamada.",
    "stay": "Para volver al menú, pulse asterisco. Para hablar con alguien, siga a la espera.",
    "faq_key": "{question} Pulse {key}.",
    "order_keys": "Por favor, marque su número de pedido y después pulse la tecla almohadilla.",
    "order_unknown": "No encontramos ese pedido.",
    "order_failed": "En este momento no podemos consultar su pedido.",
    "survey": "Una pregunta antes de despedirnos: ¿está satisfecho con esta llamada? Pulse una tecla "
    "del 1, nada, al 5, mucho.",
    "thanks": "Muchas gracias. Adiós.",
    "transfer_failed": "No se ha podido transferir la llamada. Vuelve con su cliente.",
    "outside_failed": "Nadie ha contestado. Vuelve con su cliente.",
    "open_always": "Estamos a su disposición todos los días a cualquier hora.",
    "open_today": "Hoy abrimos hasta {time}.",
    "open_until": "Abrimos hasta el {day}, {time}.",
    "closed_today": "Ahora está cerrado. Abrimos de nuevo hoy a {time}.",
    "closed_tomorrow": "Ahora está cerrado. Abrimos de nuevo mañana a {time}.",
    "closed_on": "Ahora está cerrado. Abrimos de nuevo el {day} a {time}.",
    "closed_long": "Ahora está cerrado.",
    "holiday": "Hoy es {name}.",
}
