"""Italian."""

from __future__ import annotations

from collections.abc import Mapping

DAYS = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
WORDS: Mapping[str, str] = {
    "comfort": "Grazie per l'attesa di {name}. Lei mantiene il Suo posto in coda.",
    "connecting": "La stiamo mettendo in comunicazione.",
    "onHold": "La preghiamo di restare in linea.",
    "goodbye": "Grazie per aver chiamato {name}. Arrivederci.",
    "next": "La prossima chiamata è la Sua.",
    "place": "Lei è in coda al posto numero {n}.",
    "soon": "L'attesa è di meno di un minuto.",
    "minutes": "L'attesa è di circa {n} minuti.",
    "full": "Al momento tutte le linee sono occupate. La preghiamo di richiamare più tardi.",
    "busy": "Al momento tutte le linee sono occupate.",
    "callback_offer": "Se preferisce essere richiamato, prema 1: mantiene il Suo posto in coda. Altrimenti "
    "resti in linea.",
    "callback_confirm": "Possiamo richiamarLa al {number}. Se è corretto, prema 1. Per un altro numero, prema 2.",
    "callback_keys": "Componga il numero con il prefisso, poi prema il tasto cancelletto.",
    "callback_wrong": "Non possiamo chiamare quel numero.",
    "callback_done": "Grazie. Mantiene il Suo posto e La richiameremo al {number}. Arrivederci.",
    "callback_kept": "Lei mantiene il Suo posto in coda.",
    "callback_time": "Per essere chiamato all'ora che preferisce, prema 3.",
    "callback_time_keys": "A che ora dobbiamo chiamarLa? Componga quattro cifre, ore e minuti, poi prema il tasto "
    "cancelletto. Per le quattordici e trenta, componga 1 4 3 0.",
    "callback_time_wrong": "Questa non è un'ora.",
    "callback_time_hours": "A quell'ora non chiamiamo. Chiamiamo {day} {hours}.",
    "callback_time_span": "tra le {opens} e le {closes}",
    "callback_time_passed": "Quest'ora è già passata.",
    "callback_time_confirm": "La chiameremo al {number} {day} alle {time}. Se è corretto, prema 1. Per un'altra "
    "ora, prema 2.",
    "callback_time_done": "Grazie. La chiameremo {day} alle {time}. Arrivederci.",
    "today": "oggi",
    "tomorrow": "domani",
    "on_day": "{day}",
    "unknown_key": "Questo tasto non corrisponde a nessuna scelta.",
    "consent": "Possiamo registrare questa telefonata per imparare da essa? Per sì, prema 1. Per no, prema 2.",
    "recorded": "Questa telefonata viene registrata.",
    "voicemail": "Lasci ora il Suo messaggio, con nome e numero. Quando ha finito, prema il tasto "
    "cancelletto o riagganci.",
    "left": "Grazie per il Suo messaggio. La ricontatteremo. Arrivederci.",
    "back": "Per tornare al menu, prema asterisco. Grazie per la chiamata.",
    "stay": "Per tornare al menu, prema asterisco. Per parlare con qualcuno, resti in linea.",
    "faq_key": "{question} Prema {key}.",
    "order_keys": "Componga il numero del Suo ordine, poi prema il tasto cancelletto.",
    "order_unknown": "Non troviamo quell'ordine.",
    "order_failed": "Al momento non possiamo consultare il Suo ordine.",
    "survey": "Una domanda prima di salutarci: è soddisfatto di questa telefonata? Prema un tasto da "
    "1, per niente, a 5, molto.",
    "thanks": "Molte grazie. Arrivederci.",
    "transfer_failed": "Non è stato possibile trasferire la chiamata. Torna dal Suo cliente.",
    "outside_failed": "Nessuno ha risposto. Torna dal Suo cliente.",
    "outside_alone": "Lì non ha risposto nessuno. La mettiamo in contatto con il primo operatore libero.",
    "page": "Questo è un messaggio urgente per {client}. {message}",
    "page_keys": "Per prenderlo in carico, prema 1. Per riascoltarlo, prema 2. Per passarlo, prema 3.",
    "page_taken": "Grazie, {who}. È suo. Arrivederci.",
    "page_theirs": "{who} l'ha già preso in carico. Grazie e arrivederci.",
    "page_over": "Questo messaggio non ha più bisogno di nessuno. Grazie e arrivederci.",
    "page_passed": "Grazie. Chiamiamo qualcun altro. Arrivederci.",
    "page_silent": "Non abbiamo sentito alcun tasto e chiamiamo qualcun altro. Arrivederci.",
    "open_always": "Siamo a disposizione tutti i giorni a qualsiasi ora.",
    "open_today": "Oggi siamo aperti fino alle {time}.",
    "open_until": "Siamo aperti fino a {day} alle {time}.",
    "closed_today": "Ora siamo chiusi. Riapriamo oggi alle {time}.",
    "closed_tomorrow": "Ora siamo chiusi. Riapriamo domani alle {time}.",
    "closed_on": "Ora siamo chiusi. Riapriamo {day} alle {time}.",
    "closed_long": "Al momento siamo chiusi.",
    "holiday": "Oggi è {name}.",
}
