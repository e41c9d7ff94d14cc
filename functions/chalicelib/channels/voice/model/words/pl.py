"""Polish."""

from __future__ import annotations

from collections.abc import Mapping

DAYS = ("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela")
WORDS: Mapping[str, str] = {
    "comfort": "Dziękujemy za oczekiwanie na połączenie z {name}. Państwa miejsce w kolejce jest zachowane.",
    "connecting": "Trwa łączenie.",
    "onHold": "Proszę pozostać na linii.",
    "goodbye": "Dziękujemy za telefon do {name}. Do widzenia.",
    "next": "Następne połączenie należy do Państwa.",
    "place": "Państwa miejsce w kolejce: {n}.",
    "soon": "Czas oczekiwania wynosi mniej niż minutę.",
    "minutes": "Przewidywany czas oczekiwania w minutach: {n}.",
    "full": "W tej chwili wszystkie linie są zajęte. Prosimy zadzwonić później.",
    "busy": "W tej chwili wszystkie linie są zajęte.",
    "callback_offer": "Jeśli mamy oddzwonić, proszę nacisnąć 1: miejsce w kolejce zostanie zachowane. W "
    "przeciwnym razie proszę pozostać na linii.",
    "callback_confirm": "Możemy oddzwonić na numer {number}. Jeśli numer jest poprawny, proszę nacisnąć 1. Aby "
    "podać inny numer, proszę nacisnąć 2.",
    "callback_keys": "Proszę wprowadzić numer, a następnie nacisnąć krzyżyk.",
    "callback_wrong": "Na ten numer nie możemy zadzwonić.",
    "callback_done": "Dziękujemy. Miejsce w kolejce jest zachowane, oddzwonimy na numer {number}. Do widzenia.",
    "callback_kept": "Państwa miejsce w kolejce jest zachowane.",
    "callback_instead": "Konsultant jest teraz wolny: łączymy od razu, zamiast dzwonić do Państwa później.",
    "callback_time": "Aby wybrać godzinę, o której mamy zadzwonić, proszę nacisnąć 3.",
    "callback_time_keys": "O której godzinie mamy zadzwonić? Proszę wprowadzić cztery cyfry, godzinę i minuty, a "
    "następnie nacisnąć krzyżyk. Na przykład 1 4 3 0 to czternasta trzydzieści.",
    "callback_time_wrong": "To nie jest godzina.",
    "callback_time_hours": "O tej godzinie nie dzwonimy. Dzwonimy: {day}, {hours}.",
    "callback_time_span": "od {opens} do {closes}",
    "callback_time_passed": "Ta godzina już minęła.",
    "callback_time_confirm": "Zadzwonimy na numer {number}: {day}, godzina {time}. Jeśli to się zgadza, proszę "
    "nacisnąć 1. Aby wybrać inną godzinę, proszę nacisnąć 2.",
    "callback_time_done": "Dziękujemy. Zadzwonimy: {day}, godzina {time}. Do widzenia.",
    "today": "dzisiaj",
    "tomorrow": "jutro",
    "on_day": "{day}",
    "unknown_key": "Ten klawisz nie odpowiada żadnej z możliwości.",
    "consent": "Czy zgadzają się Państwo na nagranie tej rozmowy, abyśmy mogli się z niej uczyć? Jeśli "
    "tak, proszę nacisnąć 1. Jeśli nie, proszę nacisnąć 2.",
    "recorded": "Ta rozmowa jest nagrywana.",
    "voicemail": "Proszę teraz zostawić wiadomość, podając imię, nazwisko i numer telefonu. Na koniec "
    "proszę nacisnąć krzyżyk lub odłożyć słuchawkę.",
    "left": "Dziękujemy za wiadomość. Skontaktujemy się z Państwem. Do widzenia.",
    "back": "Aby wrócić do menu, proszę nacisnąć gwiazdkę. Dziękujemy za telefon.",
    "stay": "Aby wrócić do menu, proszę nacisnąć gwiazdkę. Aby porozmawiać z konsultantem, proszę pozostać na linii.",
    "faq_key": "{question} Proszę nacisnąć {key}.",
    "order_keys": "Proszę wprowadzić numer zamówienia, a następnie nacisnąć krzyżyk.",
    "order_unknown": "Nie znajdujemy tego zamówienia.",
    "order_failed": "W tej chwili nie możemy sprawdzić zamówienia.",
    "account_keys": "Proszę wprowadzić numer klienta, a następnie nacisnąć krzyżyk.",
    "account_unknown": "Nie znajdujemy tego numeru klienta.",
    "account_failed": "W tej chwili nie możemy sprawdzić stanu konta.",
    "survey": "Ostatnie pytanie: jak oceniają Państwo tę rozmowę? Proszę nacisnąć cyfrę od 1, bardzo "
    "źle, do 5, bardzo dobrze.",
    "thanks": "Serdecznie dziękujemy. Do widzenia.",
    "asking": "Pytamy: {who}.",
    "asking_team": "Pytamy pierwszą wolną osobę z zespołu.",
    "transfer_failed": "Nie udało się przekazać tego połączenia. Za chwilę nastąpi powrót do rozmówcy.",
    "outside_failed": "Nikt nie odebrał. Za chwilę nastąpi powrót do rozmówcy.",
    "outside_alone": "Nikt tam nie odebrał. Łączymy z pierwszym wolnym konsultantem.",
    "page": "To pilna wiadomość dla {client}. {message}",
    "page_keys": "Aby ją przyjąć, proszę nacisnąć 1. Aby wysłuchać ponownie, 2. Aby przekazać dalej, 3.",
    "page_taken": "Dziękujemy, {who}. Wiadomość jest przyjęta. Do widzenia.",
    "page_theirs": "Wiadomość przyjął już ktoś inny: {who}. Dziękujemy, do widzenia.",
    "page_over": "Ta wiadomość nie wymaga już reakcji. Dziękujemy, do widzenia.",
    "page_passed": "Dziękujemy. Dzwonimy do kogoś innego. Do widzenia.",
    "page_silent": "Nie usłyszeliśmy żadnego klawisza i dzwonimy do kogoś innego. Do widzenia.",
    "open_always": "Jesteśmy dostępni codziennie, o każdej porze.",
    "open_today": "Dzisiaj jesteśmy dostępni do godziny {time}.",
    "open_until": "Jesteśmy dostępni do: {day}, godzina {time}.",
    "closed_today": "W tej chwili mamy zamknięte. Otwieramy dzisiaj o godzinie {time}.",
    "closed_tomorrow": "W tej chwili mamy zamknięte. Otwieramy jutro o godzinie {time}.",
    "closed_on": "W tej chwili mamy zamknięte. Otwieramy: {day}, godzina {time}.",
    "closed_long": "W tej chwili mamy zamknięte.",
    "holiday": "Dzisiaj jest {name}.",
}
