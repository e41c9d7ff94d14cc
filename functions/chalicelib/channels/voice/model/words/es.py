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
    "callback_time": "Para que le llamemos a la hora que usted elija, pulse 3.",
    "callback_time_keys": "¿A qué hora quiere que le llamemos? Por favor, marque cuatro cifras, horas y minutos, "
    "y después pulse la tecla almohadilla. Para las dos y media de la tarde, marque 1 4 3 0.",
    "callback_time_wrong": "Eso no es una hora.",
    "callback_time_hours": "A esa hora no llamamos. Llamamos {day} {hours}.",
    "callback_time_span": "entre {opens} y {closes}",
    "callback_time_passed": "Esa hora ya ha pasado.",
    "callback_time_confirm": "Le llamaremos al {number} {day} a {time}. Si es correcto, pulse 1. Para otra hora, "
    "pulse 2.",
    "callback_time_done": "Gracias. Le llamaremos {day} a {time}. Adiós.",
    "today": "hoy",
    "tomorrow": "mañana",
    "on_day": "el {day}",
    "unknown_key": "Esa tecla no corresponde a ninguna opción.",
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
    "outside_alone": "Allí no ha contestado nadie. Le pasamos con el próximo agente libre.",
    "page": "Este es un mensaje urgente para {client}. {message}",
    "page_keys": "Para atenderlo, pulse 1. Para oírlo otra vez, pulse 2. Para pasarlo, pulse 3.",
    "page_taken": "Gracias, {who}. Es suyo. Adiós.",
    "page_theirs": "{who} ya lo atiende. Gracias y adiós.",
    "page_over": "Este mensaje ya no necesita a nadie. Gracias y adiós.",
    "page_passed": "Gracias. Llamamos a otra persona. Adiós.",
    "page_silent": "No hemos oído ninguna tecla y llamamos a otra persona. Adiós.",
    "open_always": "Estamos a su disposición todos los días a cualquier hora.",
    "open_today": "Hoy abrimos hasta {time}.",
    "open_until": "Abrimos hasta el {day}, {time}.",
    "closed_today": "Ahora está cerrado. Abrimos de nuevo hoy a {time}.",
    "closed_tomorrow": "Ahora está cerrado. Abrimos de nuevo mañana a {time}.",
    "closed_on": "Ahora está cerrado. Abrimos de nuevo el {day} a {time}.",
    "closed_long": "Ahora está cerrado.",
    "holiday": "Hoy es {name}.",
}
