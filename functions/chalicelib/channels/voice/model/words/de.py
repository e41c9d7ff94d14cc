"""German."""

from __future__ import annotations

from collections.abc import Mapping

DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
WORDS: Mapping[str, str] = {
    "comfort": "Danke, dass Sie auf {name} warten. Sie behalten Ihren Platz.",
    "connecting": "Sie werden verbunden.",
    "onHold": "Bitte bleiben Sie in der Leitung.",
    "goodbye": "Vielen Dank für Ihren Anruf bei {name}. Auf Wiederhören.",
    "next": "Sie sind als Nächstes an der Reihe.",
    "place": "Sie sind auf Platz {n} der Warteschlange.",
    "soon": "Es dauert weniger als eine Minute.",
    "minutes": "Es dauert etwa {n} Minuten.",
    "full": "Im Moment sind alle Leitungen besetzt. Bitte rufen Sie später noch einmal an.",
    "busy": "Im Moment sind alle Leitungen besetzt.",
    "callback_offer": "Wenn wir Sie lieber zurückrufen sollen, drücken Sie die 1: Sie behalten Ihren Platz. "
    "Sonst bleiben Sie einfach in der Leitung.",
    "callback_confirm": "Wir rufen Sie gern unter {number} zurück. Wenn das stimmt, drücken Sie die 1. Für eine "
    "andere Nummer drücken Sie die 2.",
    "callback_keys": "Bitte geben Sie die Nummer mit Vorwahl ein und drücken Sie dann die Rautetaste.",
    "callback_wrong": "Diese Nummer können wir nicht anrufen.",
    "callback_done": "Vielen Dank. Sie behalten Ihren Platz, und wir rufen Sie unter {number} zurück. Auf Wiederhören.",
    "callback_kept": "Sie behalten Ihren Platz.",
    "callback_instead": "Gerade ist jemand frei: Wir verbinden Sie jetzt, statt Sie später anzurufen.",
    "callback_time": "Wenn wir Sie zu einer Uhrzeit Ihrer Wahl anrufen sollen, drücken Sie die 3.",
    "callback_time_keys": "Um wie viel Uhr sollen wir Sie anrufen? Bitte geben Sie vier Ziffern ein, Stunden und "
    "Minuten, und drücken Sie dann die Rautetaste. Für halb drei am Nachmittag ist das 1 4 3 0.",
    "callback_time_wrong": "Das ist keine Uhrzeit.",
    "callback_time_hours": "Zu dieser Zeit rufen wir nicht an. Wir rufen {day} {hours} an.",
    "callback_time_span": "zwischen {opens} und {closes}",
    "callback_time_passed": "Diese Uhrzeit ist schon vorbei.",
    "callback_time_confirm": "Wir rufen Sie {day} um {time} unter {number} an. Wenn das stimmt, drücken Sie die "
    "1. Für eine andere Uhrzeit drücken Sie die 2.",
    "callback_time_done": "Vielen Dank. Wir rufen Sie {day} um {time} an. Auf Wiederhören.",
    "today": "heute",
    "tomorrow": "morgen",
    "on_day": "am {day}",
    "unknown_key": "Diese Taste war nicht dabei.",
    "consent": "Dürfen wir dieses Gespräch aufzeichnen, um daraus zu lernen? Für ja drücken Sie die 1, für nein die 2.",
    "recorded": "Dieses Gespräch wird aufgezeichnet.",
    "voicemail": "Bitte hinterlassen Sie jetzt Ihre Nachricht mit Namen und Telefonnummer. Wenn Sie "
    "fertig sind, drücken Sie die Rautetaste oder legen auf.",
    "left": "Vielen Dank für Ihre Nachricht. Wir melden uns bei Ihnen. Auf Wiederhören.",
    "back": "Für das Menü drücken Sie die Sterntaste. Vielen Dank für Ihren Anruf.",
    "stay": "Für das Menü drücken Sie die Sterntaste. Wenn Sie mit jemandem sprechen möchten, "
    "bleiben Sie in der Leitung.",
    "faq_key": "{question} Drücken Sie die {key}.",
    "order_keys": "Bitte geben Sie Ihre Bestellnummer ein und drücken Sie dann die Rautetaste.",
    "order_unknown": "Diese Bestellung finden wir nicht.",
    "order_failed": "Wir können Ihre Bestellung im Moment nicht nachsehen.",
    "account_keys": "Bitte geben Sie Ihre Kundennummer ein und drücken Sie dann die Rautetaste.",
    "account_unknown": "Diese Kundennummer finden wir nicht.",
    "account_failed": "Wir können Ihr Kundenkonto im Moment nicht einsehen.",
    "survey": "Noch eine Frage: Wie zufrieden waren Sie mit diesem Gespräch? Drücken Sie eine Taste "
    "von 1, gar nicht, bis 5, sehr.",
    "thanks": "Herzlichen Dank. Auf Wiederhören.",
    "asking": "Wir fragen {who}.",
    "asking_team": "Wir fragen im Team, wer als Nächstes frei ist.",
    "transfer_failed": "Dieser Anruf konnte nicht verbunden werden. Sie sind gleich wieder beim Anrufer.",
    "outside_failed": "Dort hat niemand abgenommen. Sie sind gleich wieder beim Anrufer.",
    "outside_alone": "Dort hat niemand abgenommen. Wir verbinden Sie mit dem nächsten freien Mitarbeiter.",
    "page": "Dies ist eine dringende Nachricht für {client}. {message}",
    "page_keys": "Um sie zu übernehmen, drücken Sie die 1. Um sie noch einmal zu hören, die 2. Um sie "
    "weiterzugeben, die 3.",
    "page_taken": "Danke, {who}. Sie haben übernommen. Auf Wiederhören.",
    "page_theirs": "{who} hat schon übernommen. Danke und auf Wiederhören.",
    "page_over": "Diese Nachricht braucht niemanden mehr. Danke und auf Wiederhören.",
    "page_passed": "Danke. Wir versuchen es bei jemand anderem. Auf Wiederhören.",
    "page_silent": "Wir haben keine Taste gehört und versuchen es bei jemand anderem. Auf Wiederhören.",
    "open_always": "Wir sind jeden Tag rund um die Uhr für Sie da.",
    "open_today": "Wir haben heute bis {time} geöffnet.",
    "open_until": "Wir haben bis {day}, {time}, geöffnet.",
    "closed_today": "Wir haben gerade geschlossen und öffnen heute um {time} wieder.",
    "closed_tomorrow": "Wir haben gerade geschlossen und öffnen morgen um {time} wieder.",
    "closed_on": "Wir haben gerade geschlossen und öffnen am {day} um {time} wieder.",
    "closed_long": "Wir haben zurzeit geschlossen.",
    "holiday": "Heute ist {name}.",
}
