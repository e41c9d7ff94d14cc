"""Dutch."""

from __future__ import annotations

from collections.abc import Mapping

DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
WORDS: Mapping[str, str] = {
    "comfort": "Bedankt dat u op {name} wacht. U houdt uw plaats in de rij.",
    "connecting": "U wordt doorverbonden.",
    "onHold": "Blijft u alstublieft aan de lijn.",
    "goodbye": "Bedankt voor uw telefoontje naar {name}. Tot ziens.",
    "next": "U bent als volgende aan de beurt.",
    "place": "U bent nummer {n} in de rij.",
    "soon": "Het duurt minder dan een minuut.",
    "minutes": "Het duurt ongeveer {n} minuten.",
    "full": "Op dit moment zijn al onze lijnen bezet. Belt u later nog eens.",
    "busy": "Op dit moment zijn al onze lijnen bezet.",
    "callback_offer": "Wilt u liever teruggebeld worden, toets dan een 1: u houdt uw plaats in de rij. Blijf "
    "anders gewoon aan de lijn.",
    "callback_confirm": "Wij kunnen u terugbellen op {number}. Klopt dat, toets dan een 1. Voor een ander nummer "
    "toetst u een 2.",
    "callback_keys": "Toets het nummer met netnummer in, en daarna een hekje.",
    "callback_wrong": "Dat nummer kunnen wij niet bellen.",
    "callback_done": "Dank u wel. U houdt uw plaats in de rij, en wij bellen u terug op {number}. Tot ziens.",
    "callback_kept": "U houdt uw plaats in de rij.",
    "callback_time": "Wilt u gebeld worden op een tijd die u zelf kiest, toets dan een 3.",
    "callback_time_keys": "Hoe laat zullen wij u bellen? Toets vier cijfers in, uren en minuten, en daarna een "
    "hekje. Voor half drie 's middags toetst u 1 4 3 0.",
    "callback_time_wrong": "Dat is geen tijd.",
    "callback_time_hours": "Op die tijd bellen wij niet. Wij bellen {day} {hours}.",
    "callback_time_span": "tussen {opens} en {closes}",
    "callback_time_passed": "Die tijd is al voorbij.",
    "callback_time_confirm": "Wij bellen u {day} om {time} op {number}. Klopt dat, toets dan een 1. Voor een "
    "andere tijd toetst u een 2.",
    "callback_time_done": "Dank u wel. Wij bellen u {day} om {time}. Tot ziens.",
    "today": "vandaag",
    "tomorrow": "morgen",
    "on_day": "op {day}",
    "unknown_key": "Die toets hoort niet bij de keuzes.",
    "consent": "Mogen wij dit gesprek opnemen om ervan te leren? Toets een 1 voor ja, of een 2 voor nee.",
    "recorded": "Dit gesprek wordt opgenomen.",
    "voicemail": "Spreek nu uw bericht in, met uw naam en uw nummer. Bent u klaar, toets dan een hekje of hang op.",
    "left": "Bedankt voor uw bericht. Wij nemen contact met u op. Tot ziens.",
    "back": "Toets een sterretje om het menu nog eens te horen. Bedankt voor uw telefoontje.",
    "stay": "Toets een sterretje om het menu nog eens te horen. Wilt u iemand spreken, blijf dan aan de lijn.",
    "faq_key": "{question} Toets een {key}.",
    "order_keys": "Toets uw bestelnummer in, en daarna een hekje.",
    "order_unknown": "Die bestelling kunnen wij niet vinden.",
    "order_failed": "Wij kunnen uw bestelling op dit moment niet inzien.",
    "survey": "Nog een vraag: hoe tevreden was u over dit gesprek? Toets een cijfer van 1, helemaal "
    "niet, tot 5, heel erg.",
    "thanks": "Hartelijk dank. Tot ziens.",
    "transfer_failed": "Dit gesprek kon niet worden doorverbonden. U bent zo weer bij de beller.",
    "outside_failed": "Er nam niemand op. U bent zo weer bij de beller.",
    "outside_alone": "Daar nam niemand op. Wij verbinden u door met de eerste vrije medewerker.",
    "page": "Dit is een dringend bericht voor {client}. {message}",
    "page_keys": "Om het op te pakken, toets een 1. Om het nog eens te horen, een 2. Om het door te geven, een 3.",
    "page_taken": "Dank u, {who}. Het is voor u. Tot ziens.",
    "page_theirs": "{who} heeft het al opgepakt. Dank u en tot ziens.",
    "page_over": "Dit bericht heeft niemand meer nodig. Dank u en tot ziens.",
    "page_passed": "Dank u. Wij proberen iemand anders. Tot ziens.",
    "page_silent": "Wij hebben geen toets gehoord en proberen iemand anders. Tot ziens.",
    "open_always": "Wij zijn er elke dag, op elk uur.",
    "open_today": "Wij zijn vandaag open tot {time}.",
    "open_until": "Wij zijn open tot {day} {time}.",
    "closed_today": "Wij zijn nu gesloten en gaan vandaag om {time} weer open.",
    "closed_tomorrow": "Wij zijn nu gesloten en gaan morgen om {time} weer open.",
    "closed_on": "Wij zijn nu gesloten en gaan {day} om {time} weer open.",
    "closed_long": "Wij zijn op dit moment gesloten.",
    "holiday": "Vandaag is het {name}.",
}
